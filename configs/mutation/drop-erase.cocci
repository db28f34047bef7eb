// SPDX-License-Identifier: GPL-2.0
// Leave out removing an entry, or unset it later than due.
#include "site.cocci"

@@
identifier f = {xa_erase, xa_release, list_del, list_del_init};
expression list es;
position p : script:python() { site(p) };
@@
- f@p(es);
