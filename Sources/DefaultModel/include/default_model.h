#ifndef BTL_DEFAULT_MODEL_H
#define BTL_DEFAULT_MODEL_H

#include <stddef.h>

/// The bytes of Models/default.safetensors, compiled in so that the program runs from anywhere.
const unsigned char *btl_default_model(void);
size_t btl_default_model_size(void);

#endif
