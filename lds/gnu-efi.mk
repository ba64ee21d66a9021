# SPDX-License-Identifier: BSD-2-Clause
#
# Where the headers of gnu-efi are: EFI_INCLUDES. Included by the top Makefile. Its start files and library
# are not used: they need what a dynamic linker does, and more bytes than src/arch/<architecture>/start.S.
#
# 3.0.15 (Debian 12) has no .pc file; 3.0.18 (Debian 13) and 4.x have one. This is looked up only when a
# recipe needs it, that is after test/deps.sh had the chance to install the package.

# --- the places to look in, the likeliest first

efi_pc      = $(shell $(PKG_CONFIG) --variable=$(1) gnu-efi 2>/dev/null)
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

EFI_HEADERS  = $(call efi_once,EFI_HEADERS,$(dir $(call efi_find,efi.h,$(efi_headers))))
EFI_INCLUDES = -isystem $(EFI_HEADERS) $(ARCH_EFI_INCLUDES)
