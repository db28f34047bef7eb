// SPDX-License-Identifier: GPL-2.0
// Begin a variable with 0.
#include "site.cocci"

@@
type T;
identifier x;
expression v != 0;
position p : script:python() { site(p) };
@@
- T x@p = v;
+ T x = 0;
