/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where calls of the slab allocator arrive: with ld --wrap=NAME what callers of
 * NAME() reach is __wrap_NAME(), and NAME() itself is __real_NAME(). Without it
 * nobody calls the first and the second is nowhere; nor is it where a kernel has
 * no such function.
 */
#ifndef _SVAC_MEMORY_H
#define _SVAC_MEMORY_H

#include <linux/types.h>

struct kmem_cache;
struct list_lru;

/* The same functions under the names of kernels that profile allocations */
#ifdef CONFIG_SVACHECK_SLAB_NOPROF
#define __wrap___kmalloc			__wrap___kmalloc_noprof
#define __real___kmalloc			__real___kmalloc_noprof
#define __wrap___kmalloc_node			__wrap___kmalloc_node_noprof
#define __real___kmalloc_node			__real___kmalloc_node_noprof
#define __wrap___kmalloc_node_track_caller	__wrap___kmalloc_node_track_caller_noprof
#define __real___kmalloc_node_track_caller	__real___kmalloc_node_track_caller_noprof
#define __wrap_kmalloc_trace			__wrap___kmalloc_cache_noprof
#define __real_kmalloc_trace			__real___kmalloc_cache_noprof
#define __wrap_kmalloc_node_trace		__wrap___kmalloc_cache_node_noprof
#define __real_kmalloc_node_trace		__real___kmalloc_cache_node_noprof
#define __wrap_kmem_cache_alloc			__wrap_kmem_cache_alloc_noprof
#define __real_kmem_cache_alloc			__real_kmem_cache_alloc_noprof
#define __wrap_kmem_cache_alloc_lru		__wrap_kmem_cache_alloc_lru_noprof
#define __real_kmem_cache_alloc_lru		__real_kmem_cache_alloc_lru_noprof
#define __wrap_kmem_cache_alloc_node		__wrap_kmem_cache_alloc_node_noprof
#define __real_kmem_cache_alloc_node		__real_kmem_cache_alloc_node_noprof
#endif

void *__wrap___kmalloc(size_t size, gfp_t gfp);
void *__wrap___kmalloc_node(size_t size, gfp_t gfp, int node);
void *__wrap___kmalloc_node_track_caller(size_t size, gfp_t gfp, int node,
					 unsigned long caller);
void *__wrap_kmalloc_trace(struct kmem_cache *cache, gfp_t gfp, size_t size);
void *__wrap_kmalloc_node_trace(struct kmem_cache *cache, gfp_t gfp, int node,
				size_t size);
void *__wrap_kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp);
void *__wrap_kmem_cache_alloc_lru(struct kmem_cache *cache,
				  struct list_lru *lru, gfp_t gfp);
void *__wrap_kmem_cache_alloc_node(struct kmem_cache *cache, gfp_t gfp,
				   int node);
void __wrap_kfree(const void *ptr);
void __wrap_kmem_cache_free(struct kmem_cache *cache, void *ptr);

#endif /* _SVAC_MEMORY_H */
