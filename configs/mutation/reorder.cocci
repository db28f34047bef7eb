// SPDX-License-Identifier: GPL-2.0
// Do two neighbouring things in the other order.
#include "site.cocci"

@@
identifier f != {mutex_lock, mutex_unlock, lockdep_assert_held, EXPORT_SYMBOL_GPL};
identifier g != {mutex_lock, mutex_unlock, EXPORT_SYMBOL_GPL};
expression e;
expression list es, fs;
position p : script:python() { site(p) };
@@
(
- f@p(es);
  g(fs);
+ f(es);
|
- e->f@p(es);
  g(fs);
+ e->f(es);
)
