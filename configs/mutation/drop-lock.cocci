// SPDX-License-Identifier: GPL-2.0
// Leave out taking or releasing a lock.
#include "site.cocci"

@@
identifier f = {mutex_lock, mutex_unlock};
expression list es;
position p : script:python() { site(p) };
@@
- f@p(es);
