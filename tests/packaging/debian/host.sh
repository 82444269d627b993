# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A scenario on the host: runs its steps, each where it belongs, and prints their
# TAP as one. Sourced by lib.sh, with the suite and a folder of its own set by
# tests/vm/packaging: suite, work.
# shellcheck disable=SC2154

. "$here/../../vm/lib.sh"
shopt -s extglob

scenario=$(realpath --relative-to="$TOP/tests" "$0")
release=$(release_of "$suite")
base=$("$VM/tree" base "$suite")
stock=$(cd "$base/root/lib/modules" && printf '%s\n' *)
cache=$("$VM/tree" kernels "$suite")/upper/var/cache/kernels
other=$(cd "$cache" && printf '%s\n' linux-image-[0-9]* | sed 's/linux-image-\([^_]*\)_.*/\1/')
running=$stock
drivers=$(cd "$TOP/src" && printf '%s\n' */main.c | sed 's@/.*@@' | tr '\n' ' ')
version=$(dpkg-deb -f "$TOP/build/$release"/sockmods-dkms_*.deb Version)
version=${version%%-*}
next=${version%.*}.$((${version##*.} + 1))
mkdir -p "$work/upper"
n=0 failed=0

# Shell that runs a step: what it knows, and the scenario once more.
run_step() { # TOP STEP...: TOP has tests/ and build/, where the step runs
	local top=$1
	shift
	printf 'export %s=%q\n' STEP "$*" suite "$suite" drivers "$drivers" stock "$stock" \
		other "$other" running "$running" version "$version" next "$next" \
		debs "$top/build/$release"
	echo "exec timeout --kill-after=5 ${limit:-600} bash $top/tests/$scenario"
}

inside() { # FUNCTION ARG...
	local t=$SECONDS machine=$work/machine
	rm -rf "$machine"
	mkdir -p "$machine/bin"
	# Without this, `uname -r` is the host's kernel.
	cat > "$machine/bin/uname" <<-END
		#!/bin/sh
		[ "\$*" != -r ] || exec echo "\$running"
		exec /bin/uname "\$@"
	END
	chmod +x "$machine/bin/uname"
	{
		echo 'export PATH=/run/machine/bin:$PATH'
		run_step /run/top "$@"
	} > "$machine/step"
	# The tree is kept when a step failed, too: it has changed.
	"$VM/tree" exec --upper "$work/upper" --ro "$TOP:/run/top" --ro "$machine:/run/machine" \
		"$suite" kernels -- bash -c 'bash /run/machine/step; echo "# rc=$?"' > "$work/step.tap" 2>&1 || :
	rm -f "$work/upper.sqfs"
	tell "$1" $((SECONDS - t)) "$work/step.tap"
}

boot() { # KERNEL FUNCTION ARG...
	local t=$SECONDS out=$work/boot kernel
	running=$1
	shift
	rm -rf "$out"
	mkdir -p "$out/tests" "$out/tap"
	cp -a "$TOP/tests" "$out/tests/"
	cp -a "$TOP/build/$release/tests" "$out/tests/bin"
	run_step /tests "$@" > "$out/tests/step"
	echo "$((${limit:-600} + 10)) $1 bash /tests/step" > "$out/tests/list"
	image
	kernel=$work/upper/boot/vmlinuz-$running
	[ -e "$kernel" ] || kernel=$base/root/boot/vmlinuz-$running
	# What went wrong is in the results.
	"$VM/boot" --name boot --label "$suite" --kver "$running" --kernel "$kernel" \
		--initramfs "$work/initramfs-$running" --tests "$out/tests" --out "$out" --tap "$out/tap" \
		"$work/upper.sqfs" "$base/root.sqfs" || :
	tell "$1" $((SECONDS - t)) "$out/tap/$1.tap" "$out/tap/boot.tap"
	rm -rf "$out/tests"
}

# What a boot needs of the tree: its upper layer, an initramfs with its modules.
image() {
	[ -e "$work/upper.sqfs" ] || mksquashfs "$work/upper" "$work/upper.sqfs" \
		-quiet -no-progress -noappend -noI -noD -noF -noX >&2
	[ -e "$work/initramfs-$running" ] || {
		mkdir -p "$work/root"
		unshare --mount bash -ec '
			mount --make-rprivate /
			mount -t overlay tree -o "lowerdir=$1/upper:$2" "$1/root"
			exec "$3/initramfs" "$1/root" "$4" "$1/initramfs-$4" virtio_pci virtio_blk squashfs overlay
			' bash "$work" "$base/root" "$VM" "$running"
	}
}

# Makes a step's results part of the scenario's: numbered on, and that the step
# ended as it should is a test of its own.
tell() { # STEP SECONDS FILE...
	local step=$1 took=$2 before=$failed file line planned rc ran
	shift 2
	failed=0
	for file; do
		planned='' rc='' ran=0
		while IFS= read -r line; do
			case $line in
			'ok '[0-9]* | 'not ok '[0-9]*)
				n=$((n + 1)) ran=$((ran + 1))
				case $line in not*) failed=1; printf 'not ' ;; esac
				echo "ok $n - $step: ${line#*ok +([0-9]) - }"
				;;
			1..*) planned=${line#1..} ;;
			'# rc='*) rc=${line#'# rc='} ;;
			'#'*) echo "$line" ;;
			*) echo "# $line" ;;
			esac
		done < "$file"
		n=$((n + 1))
		if [ "$ran" -gt 0 ] && [ "$ran" = "$planned" ] && [[ $rc == [01] ]]; then
			echo "ok $n - $step: ran to its end"
		else
			failed=1
			echo "not ok $n - $step: ran to its end"
			echo "# $ran tests ran, planned: ${planned:-none}, exit code ${rc:-none}"
		fi
	done
	say "$suite, ${scenario##*/}: $step, $took s$([ "$failed" = 0 ] || echo ': FAILED')"
	[ "$before" = 0 ] || failed=1
}

# The plan; without an end of its own a scenario has failed.
end() {
	echo "1..$n"
	exit "$failed"
}
