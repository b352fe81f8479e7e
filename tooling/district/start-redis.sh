#!/bin/sh
# A password on the command line would be shown by whoever lists processes: it goes into a file in memory.
set -eu
umask 077
{
  cat /usr/local/etc/redis/redis.conf
  printf 'requirepass %s\n' "$(cat /run/secrets/redis-password)"
} >/run/redis/redis.conf
exec redis-server /run/redis/redis.conf
