// SPDX-License-Identifier: GPL-2.0
// Leave out giving something back.
#include "site.cocci"

@@
identifier f = {iommu_group_put, put_device, mmdrop, kfree, iommu_sva_free_domain};
expression list es;
position p : script:python() { site(p) };
@@
- f@p(es);
