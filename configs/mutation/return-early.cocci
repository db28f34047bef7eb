// SPDX-License-Identifier: GPL-2.0
// Return before something is done.
#include "site.cocci"

@@
identifier fn;
identifier f != {
  EXPORT_SYMBOL_GPL, lockdep_assert_held, mutex_lock, mutex_unlock, iommu_group_put,
  put_device, kfree, snprintf
};
expression e;
expression list es;
position p : script:python() { site(p) };
@@
  void fn(...)
  {
    <+...
(
+   return;
    f@p(es);
|
+   return;
    e->f@p(es);
)
    ...+>
  }

@@
identifier fn;
identifier f != {
  EXPORT_SYMBOL_GPL, lockdep_assert_held, mutex_lock, mutex_unlock, iommu_group_put,
  put_device, kfree, snprintf
};
expression e;
expression list es;
position p : script:python() { site(p) };
@@
  int fn(...)
  {
    <+...
(
+   return 0;
    f@p(es);
|
+   return 0;
    e->f@p(es);
)
    ...+>
  }
