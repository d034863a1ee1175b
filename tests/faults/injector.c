/* Calls of the system that fail, or at which the process dies, when a test says so.
 *
 * Preloaded (LD_PRELOAD) into a process that arms it: from then on the calls of one kind that touch a file below a
 * folder are counted over all threads, and at the n-th the call fails with an error number, or the process is killed
 * before or after it. "Rest" lets every further call of the kind fail too, as on a disk that is full.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { WRITE = 1, SYNC = 2, RENAME = 4, CONNECT = 8, REMOVE = 16, TRUNCATE = 32 };
enum action { FAIL_ONCE = 1, FAIL_REST = 2, KILL_BEFORE = 3, KILL_AFTER = 4 };

static char folder[4096];
static int kinds, action, number;
static atomic_int seen, fired;

void injector_arm(const char *below, int of, int at, int what, int with)
{
    snprintf(folder, sizeof folder, "%s", below);
    kinds = of;
    action = what;
    number = with;
    atomic_store(&fired, 0);
    atomic_store(&seen, at);
}

int injector_fired(void) { return atomic_load(&fired); }

static int below(const char *path) { return !*folder || strncmp(path, folder, strlen(folder)) == 0; }

static int file_below(int fd)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size < 0) return 0;
    path[size] = 0;
    return below(path);
}

/* 0: the call goes on; 1: it fails, errno is set; 2: it goes on and the process dies after it. */
static int meet(int kind, int concerns)
{
    if (!(kinds & kind) || !concerns) return 0;
    int left = atomic_fetch_sub(&seen, 1);
    if (left > 1 || (left < 1 && action != FAIL_REST)) return 0;
    atomic_store(&fired, 1);
    if (action == KILL_BEFORE) kill(getpid(), SIGKILL);
    if (action == KILL_AFTER) return 2;
    errno = number;
    return 1;
}

#define NEXT(type, name, ...) \
    static type (*next)(__VA_ARGS__); \
    if (!next) next = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)
#define GO(type, call) \
    do { \
        if (met == 1) return -1; \
        type result = call; \
        if (met == 2) kill(getpid(), SIGKILL); \
        return result; \
    } while (0)

ssize_t write(int fd, const void *data, size_t size)
{
    NEXT(ssize_t, write, int, const void *, size_t);
    int met = kinds & WRITE ? meet(WRITE, file_below(fd)) : 0;
    GO(ssize_t, next(fd, data, size));
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at)
{
    NEXT(ssize_t, pwrite64, int, const void *, size_t, off64_t);
    int met = kinds & WRITE ? meet(WRITE, file_below(fd)) : 0;
    GO(ssize_t, next(fd, data, size, at));
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    NEXT(ssize_t, writev, int, const struct iovec *, int);
    int met = kinds & WRITE ? meet(WRITE, file_below(fd)) : 0;
    GO(ssize_t, next(fd, parts, count));
}

int fsync(int fd)
{
    NEXT(int, fsync, int);
    int met = kinds & SYNC ? meet(SYNC, file_below(fd)) : 0;
    GO(int, next(fd));
}

int fdatasync(int fd)
{
    NEXT(int, fdatasync, int);
    int met = kinds & SYNC ? meet(SYNC, file_below(fd)) : 0;
    GO(int, next(fd));
}

int ftruncate64(int fd, off64_t size)
{
    NEXT(int, ftruncate64, int, off64_t);
    int met = kinds & TRUNCATE ? meet(TRUNCATE, file_below(fd)) : 0;
    GO(int, next(fd, size));
}

int rename(const char *from, const char *to)
{
    NEXT(int, rename, const char *, const char *);
    int met = meet(RENAME, below(to));
    GO(int, next(from, to));
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    NEXT(int, renameat, int, const char *, int, const char *);
    int met = meet(RENAME, *to != '/' || below(to));
    GO(int, next(from_folder, from, to_folder, to));
}

int unlink(const char *path)
{
    NEXT(int, unlink, const char *);
    int met = meet(REMOVE, below(path));
    GO(int, next(path));
}

int connect(int fd, const struct sockaddr *address, socklen_t size)
{
    NEXT(int, connect, int, const struct sockaddr *, socklen_t);
    int met = meet(CONNECT, address->sa_family == AF_INET || address->sa_family == AF_INET6);
    GO(int, next(fd, address, size));
}
