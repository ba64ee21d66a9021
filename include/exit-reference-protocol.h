/* SPDX-License-Identifier: 0BSD */
/*
 * exit-reference-protocol.h: how the drivers that share one connection hand it off together when an
 * operating system takes over. For authors of UEFI bus drivers (who produce the protocol) and of
 * the device drivers on top (who consume it). This file is the whole reference. C11, C++17; beside
 * edk2's headers, gnu-efi's, or none.
 *
 * 1. What it is for
 *
 * A bus driver owns something that all its devices use: a ring shared with a hypervisor, a mailbox,
 * a grant table, a link. When the operating system takes over, that connection must be reset, or
 * the other side goes on writing into memory that is no longer the firmware's. The reset must come
 * after the last device has stopped using the connection, must happen exactly once, and must not
 * use memory services: an exit handler that allocates or frees makes the memory map that the OS
 * loader has just taken wrong (UEFI 2.10, 7.4.6, EFI_BOOT_SERVICES.ExitBootServices). So the bus
 * driver's exit handler cannot call DisconnectController(), nor ask OpenProtocolInformation() who
 * is still there; and the order in which the handlers of several drivers run is not specified. This
 * protocol counts instead: whoever lets go last resets.
 *
 * It was proposed by Laszlo Ersek on edk2-devel in September 2019 for XenBusDxe and never merged.
 * Here that a hand-off has begun is never forgotten again, and the bus driver's handler counts too;
 * with both, every order of the calls below leads to exactly one reset.
 *
 * 2. Who calls what, when
 *
 * Bus driver, Start():  makes the connection, creates its own event in
 *     EFI_EVENT_GROUP_EXIT_BOOT_SERVICES, installs this protocol on each child handle beside the
 *     protocol that the child's driver asks for. One instance serves all children of a connection.
 * Device driver, Start():  gets this protocol from the handle it manages (OpenProtocol with
 *     GET_PROTOCOL is enough: it already has the bus' own protocol open BY_DRIVER), creates its own
 *     exit event, does everything else, and as the last step before it returns EFI_SUCCESS calls
 *     AddReference(). If that is refused it undoes everything and returns the error.
 * Device driver, Stop():  closes its exit event, and calls RemoveReference(FALSE) when it no longer
 *     uses the connection.
 * Device driver, exit handler:  makes its own device forget the firmware (no request outstanding,
 *     no buffer known to it), and as its very last action calls RemoveReference(TRUE). Nothing of
 *     the connection may be touched after that call: it may be gone.
 * Bus driver, exit handler:  notes that it has run. Only when no reference is held does it reset.
 * Bus driver, Stop():  as ever; it fails while children have not been stopped. When the connection
 *     was reset in an exit that failed, there is nothing left to disconnect, only memory to free.
 *
 * A holder gives each reference back once. It remembers in its private data whether it holds one:
 * handlers run again when the first ExitBootServices() failed after it signalled the events (some
 * firmware checks the map key last), and Stop() may come after such a handler, or before it, or
 * instead of it. A holder that let go twice would let go of somebody else's reference.
 *
 * 3. What the bus driver answers
 *
 * State per connection, all zero when it is made: n references held, h hand-off seen, b the bus'
 * own handler has run, d connection has been reset.
 *
 *                          refused                     effect
 *   AddReference           EFI_ACCESS_DENIED if h, b   n + 1
 *                          or d; EFI_OUT_OF_RESOURCES
 *                          if n is at its maximum
 *   RemoveReference(FALSE) EFI_NOT_STARTED if n is 0   n - 1
 *   RemoveReference(TRUE)  the same                    n - 1, h = 1
 *   bus' own handler       never                       b = 1
 *
 *   After each of the last three: if n is 0 and h or b is set, reset the connection and set d.
 *   Once d is set the last three do nothing and succeed, and AddReference is still refused: that is
 *   what the rest of the exit finds, a second ExitBootServices(), and a Stop() after a failed one.
 *   What is refused changes nothing. h, b and d are never cleared; only a new connection, made by
 *   the bus driver's Start(), begins at zero.
 *
 * EFI_INVALID_PARAMETER: This is NULL.
 *
 * 4. Rules
 *
 *   TPL:  both functions may be called at up to TPL_NOTIFY; exit events may be created at
 *     TPL_CALLBACK or TPL_NOTIFY, by each driver as it likes. The functions neither raise nor lower
 *     the TPL and take no lock: handlers run one after the other, none interrupts another. Only a
 *     driver that calls AddReference() or RemoveReference() from anything but Start(), Stop() and
 *     its exit handler has to be at the TPL of the highest of the connection's exit events.
 *   Services:  neither function calls a memory service, directly or through another (creating,
 *     closing, opening, installing things all allocate). RemoveReference() may run the reset, whose
 *     writes to device registers and to the shared memory take bounded time, as in any exit handler
 *     with timers off: a loop that waits for a timer never ends.
 *   Memory:  what the connection uses is not freed in the exit: the operating system owns it then.
 *   Lifetime:  the interface is valid while the device driver is started on the handle.
 *   Stop during the exit:  somebody else's handler may disconnect a controller while the exit is
 *     under way. That breaks the rule above on the firmware's account, not on this protocol's: the
 *     count stays right, and a Stop() that comes last resets.
 *   A holder without an exit handler:  n stays above zero, so nobody resets. The reset is not
 *     forced, because the holder may still use the connection. It is reported: the bus driver knows
 *     n when its own handler runs, and says so where its platform wants such things said (debug
 *     output, a status code). Until the other handlers have run n > 0 is normal there; a bus driver
 *     that wants to be sure signals, from its handler, an event of its own at TPL_CALLBACK that
 *     reports: on edk2 it runs after all that were queued before.
 *
 * 5. In a bus driver
 *
 *     struct my_bus {
 *         struct exit_reference_protocol ExitReference;
 *         ... the connection, the counter ...
 *     };
 *     static uintptr_t EXIT_REFERENCE_API
 *     my_remove_reference(struct exit_reference_protocol *This, uint8_t HandOffToOs)
 *     {
 *         struct my_bus *bus = container of This;
 *         switch (exit_reference_next(&bus->counter, HandOffToOs ? ... : ...)) {
 *         case EXIT_REFERENCE_RESET_NOW: my_bus_reset(bus); return EFI_SUCCESS;
 *         ...
 *     }
 *
 * Declare the functions with exactly the types below: UINTN, UINT64 and BOOLEAN are as wide, but to
 * a compiler not always the same types.
 *
 * The counter is src/driver/exit_reference.c in Baton, free of any dependency; a complete bus
 * driver and a device driver are in test/firmware/.
 */
#ifndef EXIT_REFERENCE_PROTOCOL_H
#define EXIT_REFERENCE_PROTOCOL_H

/* {a08f03fe-836f-4ef8-afa3-2f5f6c3eaaef}: initialises an EFI_GUID of any header set. */
#define EXIT_REFERENCE_PROTOCOL_GUID                                                               \
    {                                                                                              \
        0xa08f03fe, 0x836f, 0x4ef8,                                                                \
        {                                                                                          \
            0xaf, 0xa3, 0x2f, 0x5f, 0x6c, 0x3e, 0xaa, 0xef                                         \
        }                                                                                          \
    }

/*
 * A higher revision appends members and changes none. A consumer that needs a member checks
 * Revision >= the revision that brought it.
 */
#define EXIT_REFERENCE_PROTOCOL_REVISION 0x00010000

#ifndef __ASSEMBLER__

/* A build without the standard headers (edk2 with -nostdinc or /X) defines this, and uint8_t,
 * uint64_t and uintptr_t, before. */
#ifndef EXIT_REFERENCE_NO_STDINT
#include <stdint.h>
#endif

/* The calling convention of UEFI (2.10, chapter 2.3): on x86-64 it is Microsoft's, and other
 * compilers have to be told. Elsewhere it is the compiler's own. The same as EFIAPI. */
#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define EXIT_REFERENCE_API __attribute__((ms_abi))
#elif defined(_MSC_EXTENSIONS)
#define EXIT_REFERENCE_API __cdecl
#elif defined(__i386__) && (defined(__GNUC__) || defined(__clang__))
#define EXIT_REFERENCE_API __attribute__((cdecl, regparm(0)))
#else
#define EXIT_REFERENCE_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct exit_reference_protocol {
    /* EXIT_REFERENCE_PROTOCOL_REVISION of the producer. */
    uint64_t Revision;

    /*
     * Take a reference: this driver uses the connection until it calls RemoveReference().
     * Returns an EFI_STATUS: EFI_SUCCESS, EFI_ACCESS_DENIED (the hand-off has begun),
     * EFI_OUT_OF_RESOURCES, EFI_INVALID_PARAMETER.
     */
    uintptr_t(EXIT_REFERENCE_API *AddReference)(struct exit_reference_protocol *This);

    /*
     * Give the reference back. HandOffToOs is an EFI BOOLEAN: 1 from an exit handler, 0 from
     * Stop(). Returns an EFI_STATUS: EFI_SUCCESS (also when the connection had been reset before),
     * EFI_NOT_STARTED (no reference is held), EFI_INVALID_PARAMETER.
     */
    uintptr_t(EXIT_REFERENCE_API *RemoveReference)(struct exit_reference_protocol *This,
                                                   uint8_t HandOffToOs);
};

#ifdef __cplusplus
}
#endif

#endif /* !__ASSEMBLER__ */
#endif
