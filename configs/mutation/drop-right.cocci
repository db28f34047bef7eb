// SPDX-License-Identifier: GPL-2.0
// Leave out the second of two conditions.
#include "site.cocci"

@@
expression a, b;
position p : script:python() { site(p) };
@@
(
- a &&@p b
+ a
|
- a ||@p b
+ a
)
