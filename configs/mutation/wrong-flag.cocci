// SPDX-License-Identifier: GPL-2.0
// Ask with another flag or type.
#include "site.cocci"

@@
position p : script:python() { site(p) };
@@
(
- IOMMU_DOMAIN_SVA@p
+ IOMMU_DOMAIN_UNMANAGED
|
- REQ_ACS_FLAGS@p
+ 0
|
- SVAC_SINGLETON@p
+ 0
|
- SVAC_BIND@p
+ 0
|
- SVAC_WARNS@p
+ 0
)
