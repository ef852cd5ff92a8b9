#include "default_model.h"

// Aligned as a mapped file would be, because the weights are used where they stand.
_Alignas(64) static const unsigned char model[] = {
#embed "../../Models/default.safetensors" if_empty(0)
};

const unsigned char *btl_default_model(void) { return model; }

size_t btl_default_model_size(void) { return sizeof model; }
