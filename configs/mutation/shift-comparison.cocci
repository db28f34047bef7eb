// SPDX-License-Identifier: GPL-2.0
// Move the bound of a comparison by one.
#include "site.cocci"

@@
expression a, b;
position p : script:python() { site(p) };
@@
(
- a >=@p b
+ a > b
|
- a >@p b
+ a >= b
|
- a <=@p b
+ a < b
|
- a <@p b
+ a <= b
)
