// SPDX-License-Identifier: GPL-2.0
// Exchange two neighbouring arguments.
#include "site.cocci"

@@
identifier f = {list_add, list_add_tail, list_is_last};
expression m, a, b;
position p : script:python() { site(p) };
@@
(
- f@p(a, b)
+ f(b, a)
|
- iommu_sva_alloc_pasid@p(m, a, b)
+ iommu_sva_alloc_pasid(m, b, a)
)
