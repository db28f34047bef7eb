// SPDX-License-Identifier: GPL-2.0
// Always take the first of two values.
#include "site.cocci"

@@
expression c, a, b;
position p : script:python() { site(p) };
@@
- c ?@p a : b
+ a
