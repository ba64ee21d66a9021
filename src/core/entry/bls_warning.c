/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/entry/bls_warning.h"

#include "core/entry/bls_entry.h"

_Static_assert(BLS_EXIT_TIME_MAX == 600 && BLS_STRING_MAX == 1024, "the numbers in the messages");

#define EXPLANATIONS(X)                                                                            \
    X(BLS_WARNING_NONE, "nothing is wrong with the entry", "report this as a defect of Baton")     \
    X(BLS_WARNING_NONSENSE, "a line does not begin with a key and is ignored",                     \
      "take it out, or put a # in front")                                                          \
    X(BLS_WARNING_UNKNOWN_KEY, "a key is unknown to Baton and is ignored",                         \
      "check its spelling, with small letters only")                                               \
    X(BLS_WARNING_NOT_OBEYED, "a key asks for something that Baton cannot do, and is ignored",     \
      "boot the entry with another loader if it needs that")                                       \
    X(BLS_WARNING_NO_VALUE, "a key has no value and is ignored",                                   \
      "give it one or take the line out")                                                          \
    X(BLS_WARNING_TWICE, "a key is given twice and the last one counts", "take the other one out") \
    X(BLS_WARNING_NOT_TEXT, "a value has characters that cannot be shown, each became a ?",        \
      "save the entry as UTF-8 text")                                                              \
    X(BLS_WARNING_CUT, "a value is cut off after 1024 bytes", "shorten it")                        \
    X(BLS_WARNING_OPTIONS_NOT_TEXT,                                                                \
      "options that are not UTF-8, or have control characters, are passed on as they are",         \
      "save the entry as UTF-8 text")                                                              \
    X(BLS_WARNING_OPTIONS_VARIABLE,                                                                \
      "an option that begins with $ is passed on as it is, only GRUB has variables",               \
      "write its value")                                                                           \
    X(BLS_WARNING_OPTIONS_INITRD, "initrd= among the options loads nothing",                       \
      "write a line 'initrd /path'")                                                               \
    X(BLS_WARNING_INITRD_LIST, "a line has several initrds, all of them are loaded",               \
      "write each in a line of its own")                                                           \
    X(BLS_WARNING_INITRD_VARIABLE,                                                                 \
      "an initrd that begins with $ is left out, only GRUB has variables",                         \
      "write its path if the system needs it")                                                     \
    X(BLS_WARNING_BOOLEAN, "a value is neither yes nor no and is ignored", "write yes or no")      \
    X(BLS_WARNING_EXIT_TIME, "a value is no number of seconds from 1 to 600 and is ignored",       \
      "write such a number")                                                                       \
    X(BLS_WARNING_EXIT, "a value is none of firmware, guard and baton and is ignored",             \
      "write one of these")                                                                        \
    X(BLS_WARNING_EXTRA,                                                                           \
      "an extra is ignored, its path cannot be used, is not ASCII or ends in none of .cred, "      \
      ".sysext.raw and .confext.raw",                                                              \
      "rename it")                                                                                 \
    X(BLS_WARNING_NOT_UKI, "an extra, or a profile that is no number, means nothing without uki",  \
      "take the line out")
EXPLAIN_TABLE(EXPLANATIONS)

struct explanation bls_warning_explain(enum bls_warning_kind kind)
{
    return EXPLAIN(kind);
}
