// SPDX-License-Identifier: GPL-2.0
// Do not count, or count the other way.
#include "site.cocci"

@@
expression e;
position p : script:python() { site(p) };
@@
(
- e ++@p
+ e
|
- e --@p
+ e
|
- ++@p e
+ e
|
- --@p e
+ e
)
