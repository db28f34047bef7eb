// SPDX-License-Identifier: GPL-2.0
// Call or name a function of the same kind.
#include "site.cocci"

@@
position p : script:python() { site(p) };
@@
(
- iommu_sva_free_domain@p
+ iommu_domain_free
|
- iommu_domain_free@p
+ iommu_sva_free_domain
|
- IS_ERR_OR_NULL@p
+ IS_ERR
|
- kzalloc@p
+ kmalloc
)
