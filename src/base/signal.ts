// Signal numbers of Linux on most machines, and the flags of the calls that deal with signals and children (rows G3, G7).

export const SIGHUP = 1
export const SIGINT = 2
export const SIGQUIT = 3
export const SIGABRT = 6
export const SIGKILL = 9
export const SIGUSR1 = 10
export const SIGUSR2 = 12
export const SIGPIPE = 13
export const SIGALRM = 14
export const SIGTERM = 15
export const SIGCHLD = 17
export const SIGCONT = 18
export const SIGSTOP = 19
export const SIGURG = 23
export const SIGWINCH = 28
export const SIGIO = 29
/** How sigprocmask changes the mask. */
export const SIG_BLOCK = 0
export const SIG_UNBLOCK = 1
export const SIG_SETMASK = 2
/** _NSIG. */
export const LAST_SIGNAL = 64

/** A call that a handler interrupted goes on instead of answering EINTR. */
export const SA_RESTART = 0x10000000

export const WNOHANG = 1
export const WUNTRACED = 2
export const WCONTINUED = 8

/** si_code of SIGIO with F_SETSIG. */
export const POLL_IN = 1
export const POLL_OUT = 2
export const POLL_MSG = 3
export const POLL_ERR = 4
export const POLL_PRI = 5
export const POLL_HUP = 6

export const EFD_SEMAPHORE = 1
/** TFD_TIMER_ABSTIME. */
export const TFD_TIMER_ABSTIME = 1
export const CLOCK_REALTIME = 0
export const CLOCK_MONOTONIC = 1

/** What waitpid's status says: did it end by itself, with which code, or of which signal? */
export function exitedNormally(status: number): boolean { return (status & 0x7f) === 0 }
export function exitStatus(status: number): number { return (status >> 8) & 0xff }
export function termSignal(status: number): number { return status & 0x7f }
