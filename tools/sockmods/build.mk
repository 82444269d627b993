# SPDX-License-Identifier: GPL-2.0-or-later
sockmods-pkgs := json-c libkmod

# dkms.conf has the list of drivers; this is where it becomes C.
$(O)/bin/sockmods: $(O)/tools/sockmods/drivers.o

$(O)/tools/sockmods/drivers.o: $(O)/tools/sockmods/drivers.c
	$(call say,CC,$@)
	$(Q)$(CC) $(TOOLS_CPPFLAGS) $(CPPFLAGS) $(TOOLS_CFLAGS) $(CFLAGS) -c -o $@ $<

$(O)/tools/sockmods/drivers.c: dkms.conf tools/sockmods/build.mk
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)bash -ec '. ./dkms.conf; echo "#include \"sockmods/machine.h\""; \
		echo "const char *const sockmods_drivers[] = {"; \
		printf "\t\"%s\",\n" "$${sockmods_drivers[@]}"; echo "	NULL,"; echo "};"' > $@
