// How jemalloc behaves in payments-server (docs/adr/0006-allocator.md). The library looks
// for a variable of this name.

extern "C" {

// Two arenas, since two threads do most of the allocating; freed pages go back to the
// system within a fifth of a second, so that a burst does not stay in memory.
extern const char* const malloc_conf;
const char* const malloc_conf = "narenas:2,dirty_decay_ms:200,muzzy_decay_ms:0";

}  // extern "C"
