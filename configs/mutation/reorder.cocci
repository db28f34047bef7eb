// SPDX-License-Identifier: GPL-2.0
// Do two neighbouring things in the other order.
#include "site.cocci"

@@
identifier f !~ "^(mutex_(un)?lock|lockdep_assert_held|EXPORT_SYMBOL_GPL)$";
identifier g !~ "^(mutex_(un)?lock|EXPORT_SYMBOL_GPL)$";
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
