// SPDX-License-Identifier: GPL-2.0
// Leave out any other call whose value is not used.
#include "site.cocci"

@@
identifier f != {
  mutex_lock, mutex_unlock, iommu_group_put, put_device, mmdrop, kfree, iommu_sva_free_domain,
  mmgrab, xa_erase, xa_release, list_del, list_del_init, EXPORT_SYMBOL_GPL, lockdep_assert_held
};
expression e;
expression list es;
position p : script:python() { site(p) };
@@
(
- f@p(es);
|
- e->f@p(es);
)
