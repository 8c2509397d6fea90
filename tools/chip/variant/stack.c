// How deep calls may go. The unix port allows 40,000 bytes on 32 bits, and compiling the firmware's sources, which the chip never
// does, takes more than running them. The linker puts this in the place of the port's call (--wrap in mpconfigvariant.mk).

#include "py/cstack.h"

#define STACK_BYTES (80000) // what the port allows on 64 bits

void __real_mp_cstack_init_with_sp_here(size_t bytes);
void __wrap_mp_cstack_init_with_sp_here(size_t bytes);

void __wrap_mp_cstack_init_with_sp_here(size_t bytes) {
    (void)bytes;
    __real_mp_cstack_init_with_sp_here(STACK_BYTES);
}
