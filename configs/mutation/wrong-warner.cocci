// SPDX-License-Identifier: GPL-2.0
// Name another function as the one that warns.
#include "site.cocci"

@@
constant char[] c =~ "^.(iommu_|domain_to|block_all)";
position p : script:python() { site(p) };
@@
- c@p
+ "svac_impl_register"
