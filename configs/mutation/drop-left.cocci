// SPDX-License-Identifier: GPL-2.0
// Leave out the first of two conditions.
#include "site.cocci"

@@
expression a, b;
position p : script:python() { site(p) };
@@
(
- a &&@p b
+ b
|
- a ||@p b
+ b
)
