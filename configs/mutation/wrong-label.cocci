// SPDX-License-Identifier: GPL-2.0
// Clean up too little or too much.
#include "site.cocci"

@@
position p : script:python() { site(p) };
@@
(
- goto@p err_free_domain;
+ goto err_free_bond;
|
- goto@p err_free_bond;
+ goto err_free_domain;
)
