// SPDX-License-Identifier: GPL-2.0
// Release a lock one statement earlier.
#include "site.cocci"

@@
statement s;
expression l;
position p : script:python() { site(p) };
@@
+ mutex_unlock(l);
  s
- mutex_unlock@p(l);
