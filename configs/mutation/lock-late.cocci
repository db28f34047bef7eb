// SPDX-License-Identifier: GPL-2.0
// Take a lock one statement later.
#include "site.cocci"

@@
statement s;
expression l;
position p : script:python() { site(p) };
@@
- mutex_lock@p(l);
  s
+ mutex_lock(l);
