// SPDX-License-Identifier: GPL-2.0
// Answer with another error.
#include "site.cocci"

@@
position p : script:python() { site(p) };
@@
(
- -@p EINVAL
+ -ENODEV
|
- -@p ENODEV
+ -EINVAL
|
- -@p ENOMEM
+ -EBUSY
|
- -@p EBUSY
+ -EINVAL
|
- -@p EOPNOTSUPP
+ -ENODEV
|
- -@p ENOENT
+ -ENODEV
|
- -@p EIO
+ -EINVAL
|
- -@p EOVERFLOW
+ -EINVAL
)
