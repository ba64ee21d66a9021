# SPDX-License-Identifier: BSD-2-Clause
#
# Where gnu-efi is: EFI_CRT0, EFI_LIBRARY and EFI_INCLUDES. Included by the top Makefile.
#
# 3.0.15 (Debian 12) has no .pc file and keeps its objects in lib; 3.0.18 (Debian 13) has one; 4.x
# moved the objects to lib/<triplet>. Others use a gnuefi/ folder. All of this is looked up only when
# a recipe needs it, that is after test/deps.sh had the chance to install the package.

# --- the places to look in, the likeliest first

efi_pc      = $(shell $(PKG_CONFIG) --variable=$(1) gnu-efi 2>/dev/null)
efi_lib_in  = $(foreach dir,lib/$(shell $(CC) -print-multiarch) lib64 lib,$(1)/$(dir) $(1)/$(dir)/gnuefi)
efi_libs    = $(if $(GNU_EFI),$(foreach prefix,$(GNU_EFI) $(GNU_EFI)/usr,$(call efi_lib_in,$(prefix))),\
    $(foreach dir,$(call efi_pc,libdir),$(dir) $(dir)/gnuefi)\
    $(foreach prefix,/usr /usr/local,$(call efi_lib_in,$(prefix))))
efi_headers = $(if $(GNU_EFI),$(GNU_EFI)/include/efi $(GNU_EFI)/usr/include/efi,\
    $(addsuffix /efi,$(call efi_pc,includedir)) /usr/include/efi /usr/local/include/efi)

# --- looking

# The first of the files $(1) that exists. Through the shell, not $(wildcard): make remembers
# directories as they were before the installation.
efi_first = $(shell for f in $(1); do if [ -e "$$f" ]; then echo "$$f"; break; fi; done)
# The file $(1) in one of the folders $(2); without it the build ends with one line.
efi_find  = $(or $(call efi_first,$(addsuffix /$(1),$(2))),$(error gnu-efi: no $(1) $(if \
    $(GNU_EFI),under GNU_EFI=$(GNU_EFI),found): install the Debian package gnu-efi, or set GNU_EFI=<prefix>))
# Looks when the variable $(1) is read for the first time; from then on it holds what was found.
efi_once  = $(eval $(1) := $(2))$($(1))

EFI_CRT0     = $(call efi_once,EFI_CRT0,$(call efi_find,crt0-efi-$(ARCH).o,$(efi_libs)))
EFI_LIBRARY  = $(call efi_once,EFI_LIBRARY,$(call efi_find,libgnuefi.a,$(efi_libs)))
EFI_HEADERS  = $(call efi_once,EFI_HEADERS,$(dir $(call efi_find,efi.h,$(efi_headers))))
EFI_INCLUDES = -isystem $(EFI_HEADERS) $(ARCH_EFI_INCLUDES)
