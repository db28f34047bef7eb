// SPDX-License-Identifier: GPL-2.0
// Take true for false, and the other way round.
#include "site.cocci"

@@
position p : script:python() { site(p) };
@@
(
- true@p
+ false
|
- false@p
+ true
)
