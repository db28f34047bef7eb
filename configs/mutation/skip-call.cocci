// SPDX-License-Identifier: GPL-2.0
// Take 0 for what a call would have answered.
#include "site.cocci"

@@
identifier f != {ERR_PTR, to_sva_domain, container_of, PTR_ERR};
expression e, x;
expression list es;
position p : script:python() { site(p) };
@@
(
- x = f@p(es)
+ x = 0
|
- x = e->f@p(es)
+ x = 0
)
