// SPDX-License-Identifier: GPL-2.0
// Name another function as the one that warns.
#include "site.cocci"

@@
constant char[] c =~ "^.iommu_";
constant char[] d =~ "^.domain_to";
constant char[] e =~ "^.block_all";
position p : script:python() { site(p) };
@@
(
- c@p
+ "svac_impl_register"
|
- d@p
+ "svac_impl_register"
|
- e@p
+ "svac_impl_register"
)
