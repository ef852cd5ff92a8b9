#pragma once

/// Asks for the memory that stands at an address, without waiting for it. Any address will do.
///
/// In C, because Swift has no word for it.
static inline void prefetch(const void *_Nonnull address) { __builtin_prefetch(address); }
