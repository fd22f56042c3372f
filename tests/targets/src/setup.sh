# Makes a directory the root of a target. Runs in the target's namespaces, with this machine's programs.
set -e
base=$1 name=$2 place=$3
mount -t tmpfs -o mode=755 target "$place"
cd "$place"
mkdir upper work root
mount -t overlay -o lowerdir="$base",upperdir=upper,workdir=work target root 2>/dev/null || cp -a "$base/." root
cd root
# Where there is no overlay, it is a mount of its own all the same, as the root has to be one.
mountpoint -q . || { mount --bind . . && cd "$place/root"; }
mkdir -p dev proc sys run/sshd mnt
mount -t proc proc proc
# What all systems of this machine share is for nobody to change; the network is the target's own.
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount --bind proc/sys/net proc/sys/net
mount -o remount,bind,rw proc/sys/net
mount -t sysfs -o ro sysfs sys
mount -t tmpfs -o mode=755 devices dev
for device in null zero full random urandom tty; do
  : > "dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/pts dev/shm
chmod 1777 dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
hostname "$name"
printf '%s\n' "$name" > etc/hostname
printf '127.0.0.1\tlocalhost\n127.0.1.1\t%s\n' "$name" > etc/hosts
! command -v ip > /dev/null || ip link set lo up
pivot_root . mnt
umount -l /mnt
