// SPDX-License-Identifier: GPL-2.0
// Return instead of going where the lock is released.
#include "site.cocci"

@@
position p : script:python() { site(p) };
@@
- goto@p out_unlock;
+ return ret;
