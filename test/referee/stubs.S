/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands in the firmware's tables while a loader is watched: one stub for each service. It
 * leaves registers and stack as they are, so one kind serves every signature, also those with a
 * variable number of arguments, and the service returns to its caller directly.
 */
#define STUBS 64                        /* SERVICES_MAX in services.h */

        .section .text.service_stubs, "ax", @progbits
        .globl  service_stubs
        .type   service_stubs, @function
        .balign 16
service_stubs:
        .set    number, 0
        .rept   STUBS
        .balign 16                      /* SERVICE_STUB_SIZE */
        endbr64                         /* a firmware may have turned on indirect branch tracking */
        push    $number
        jmp     observe
        .set    number, number + 1
        .endr

/* struct service_frame is what has been pushed; the stack is aligned as a call wants it. */
observe:
        push    %rcx
        push    %rdx
        push    %r8
        push    %r9
        mov     %rsp, %rcx
        sub     $32, %rsp               /* home of the callee's parameters */
        call    service_called          /* gives the address of the service itself */
        add     $32, %rsp
        pop     %r9
        pop     %r8
        pop     %rdx
        pop     %rcx
        add     $8, %rsp
        jmp     *%rax
        .size   service_stubs, . - service_stubs

        .section .note.GNU-stack, "", @progbits
