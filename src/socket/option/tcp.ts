// The options of level IPPROTO_TCP, with Linux's ranges (behaviours 48-50).

import type { Errno } from '../../base/errno.ts'
import {
  TCP_CC_INFO, TCP_CONGESTION, TCP_CORK, TCP_DEFER_ACCEPT, TCP_FASTOPEN, TCP_FASTOPEN_CONNECT, TCP_FASTOPEN_KEY, TCP_FASTOPEN_NO_COOKIE,
  TCP_INFO, TCP_INQ, TCP_KEEPCNT, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_LINGER2, TCP_MAXSEG, TCP_MD5SIG, TCP_MD5SIG_EXT,
  TCP_NODELAY,
  TCP_NOTSENT_LOWAT, TCP_QUICKACK, TCP_SYNCNT, TCP_TIMESTAMP, TCP_USER_TIMEOUT, TCP_WINDOW_CLAMP,
} from '../../base/posix.ts'
import {
  congestionControlInfo, congestionControlName, keepIdleChanged, quickAckSetting, setCongestionControl, setCork, setMd5Key, setNoDelay,
  setQuickAck, setWindowClamp,
} from '../../tcp/user/options.ts'
import { tcpInfo } from '../../tcp/user/status.ts'
import { TFO_CLIENT, fastOpenOf } from '../../tcp/tcb/fast-open.ts'
import type { TcpSock } from '../../tcp/tcb/tcp-sock.ts'
import { intRow, optionTable, setIn } from './table.ts'
import type { OptionRow, OptionTable } from './table.ts'

const MAX_KEEP_S = 32767
const MAX_LINGER2_S = 120
const NAGLE_OFF = 1
const CORKED = 2

function ranged(value: number, min: number, max: number, apply: (value: number) => void): 0 | Errno {
  if (value < min || value > max) return 'EINVAL'
  apply(value)
  return 0
}

/** Seconds to the count of SYN-ACK time-outs that cover them, and back: 1, 3, 7, 15 ... */
function secondsToRetries(seconds: number): number {
  let count = seconds > 0 ? 1 : 0
  for (let period = 1, timeout = 1; period < seconds && count < 255; count++) {
    timeout = Math.min(timeout * 2, 120)
    period += timeout
  }
  return count
}

function retriesToSeconds(count: number): number {
  let period = count > 0 ? 1 : 0
  for (let i = 1, timeout = 1; i < count; i++) {
    timeout = Math.min(timeout * 2, 120)
    period += timeout
  }
  return period
}

function isFresh(sock: TcpSock): boolean { return sock.state === 'CLOSED' || sock.state === 'LISTEN' }

function fastOpenRows(): OptionRow<TcpSock>[] {
  return [
    intRow('TCP_FASTOPEN', TCP_FASTOPEN, sock => sock.fastOpen?.maxPending ?? 0, (sock, n) => {
      if (n < 0 || !isFresh(sock)) return 'EINVAL'
      fastOpenOf(sock).maxPending = Math.min(n, sock.env.sysctl.somaxconn.value)
      return 0
    }),
    intRow('TCP_FASTOPEN_CONNECT', TCP_FASTOPEN_CONNECT, sock => sock.fastOpen?.connects === true ? 1 : 0, (sock, n) => {
      if (n < 0 || n > 1) return 'EINVAL'
      if ((sock.env.sysctl.fastOpen.value & TFO_CLIENT) === 0) return 'EOPNOTSUPP'
      if (sock.state !== 'CLOSED') return 'EINVAL'
      fastOpenOf(sock).connects = n === 1
      return 0
    }),
    intRow('TCP_FASTOPEN_NO_COOKIE', TCP_FASTOPEN_NO_COOKIE, sock => sock.fastOpen?.noCookie === true ? 1 : 0, (sock, n) => {
      if (n < 0 || n > 1 || !isFresh(sock)) return 'EINVAL'
      fastOpenOf(sock).noCookie = n === 1
      return 0
    }),
    {
      name: 'TCP_FASTOPEN_KEY', id: TCP_FASTOPEN_KEY,
      get: sock => Uint8Array.from(sock.env.fastOpen.knownKeys(sock).flatMap(key => [...key])),
      set: (sock, value) => {
        if (value.length !== 16 && value.length !== 32) return 'EINVAL'
        fastOpenOf(sock).key = value.slice()
        return 0
      },
    },
  ]
}

function seconds(value: number, fallback: number): number { return value === 0 ? fallback : value }

/** Names and keys have lengths of their own; anything else is an int at least, even where no such option exists. */
export function setTcpOption(options: OptionTable<TcpSock>, sock: TcpSock, name: number, value: Uint8Array): 0 | Errno {
  if (value.length < 4 && name !== TCP_CONGESTION && name !== TCP_FASTOPEN_KEY) return 'EINVAL'
  return setIn(options, sock, name, value)
}

function keepAliveRows(): OptionRow<TcpSock>[] {
  return [
    intRow('TCP_KEEPIDLE', TCP_KEEPIDLE, sock => seconds(sock.connection.keepIdleSeconds, sock.env.sysctl.keepaliveTime.value),
      (sock, n) => ranged(n, 1, MAX_KEEP_S, value => {
        sock.setConnectionOptions({ keepIdleSeconds: value })
        keepIdleChanged(sock)
      })),
    intRow('TCP_KEEPINTVL', TCP_KEEPINTVL, sock => seconds(sock.connection.keepIntervalSeconds, sock.env.sysctl.keepaliveInterval.value),
      (sock, n) => ranged(n, 1, MAX_KEEP_S, value => { sock.setConnectionOptions({ keepIntervalSeconds: value }) })),
    intRow('TCP_KEEPCNT', TCP_KEEPCNT, sock => seconds(sock.connection.keepCount, sock.env.sysctl.keepaliveProbes.value),
      (sock, n) => ranged(n, 1, 127, value => { sock.setConnectionOptions({ keepCount: value }) })),
  ]
}

export function tcpOptions(): OptionTable<TcpSock> {
  return optionTable<TcpSock>([
    ...fastOpenRows(),
    intRow('TCP_NODELAY', TCP_NODELAY, sock => sock.snd.nagle & NAGLE_OFF, (sock, n) => {
      setNoDelay(sock, n !== 0)
      return 0
    }),
    intRow('TCP_CORK', TCP_CORK, sock => (sock.snd.nagle & CORKED) >> 1, (sock, n) => {
      setCork(sock, n !== 0)
      return 0
    }),
    intRow('TCP_MAXSEG', TCP_MAXSEG, sock => sock.state === 'CLOSED' || sock.state === 'LISTEN' ? (sock.snd.userMss || sock.snd.mss) : sock.snd.mss,
      (sock, n) => n === 0 ? ranged(n, 0, 0, () => { sock.snd.userMss = 0 }) : ranged(n, 88, 32767, value => { sock.snd.userMss = value })),
    ...keepAliveRows(),
    intRow('TCP_SYNCNT', TCP_SYNCNT, sock => seconds(sock.connection.synCount, sock.env.sysctl.synRetries.value),
      (sock, n) => ranged(n, 1, 127, value => { sock.setConnectionOptions({ synCount: value }) })),
    intRow('TCP_LINGER2', TCP_LINGER2, sock => {
      const { linger2Seconds } = sock.connection
      return linger2Seconds < 0 ? -1 : seconds(linger2Seconds, sock.env.sysctl.finTimeout.value)
    }, (sock, n) => {
      sock.setConnectionOptions({ linger2Seconds: n < 0 ? -1 : Math.min(n, MAX_LINGER2_S) })
      return 0
    }),
    intRow('TCP_DEFER_ACCEPT', TCP_DEFER_ACCEPT, sock => retriesToSeconds(sock.connection.deferAcceptCount), (sock, n) => {
      sock.setConnectionOptions({ deferAcceptCount: secondsToRetries(n) })
      return 0
    }),
    intRow('TCP_WINDOW_CLAMP', TCP_WINDOW_CLAMP, sock => sock.rcv.clamp, (sock, n) => setWindowClamp(sock, n)),
    intRow('TCP_QUICKACK', TCP_QUICKACK, sock => quickAckSetting(sock), (sock, n) => {
      setQuickAck(sock, n)
      return 0
    }),
    intRow('TCP_USER_TIMEOUT', TCP_USER_TIMEOUT, sock => sock.connection.userTimeoutMs,
      (sock, n) => ranged(n, 0, 0x7fffffff, value => { sock.setConnectionOptions({ userTimeoutMs: value }) })),
    intRow('TCP_NOTSENT_LOWAT', TCP_NOTSENT_LOWAT, sock => sock.connection.notSentLowat | 0, (sock, n) => {
      sock.setConnectionOptions({ notSentLowat: n >>> 0 })
      return 0
    }),
    intRow('TCP_INQ', TCP_INQ, sock => sock.connection.inq ? 1 : 0,
      (sock, n) => ranged(n, 0, 1, value => { sock.setConnectionOptions({ inq: value === 1 }) })),
    intRow('TCP_TIMESTAMP', TCP_TIMESTAMP, sock => (Math.floor(sock.env.now / 1000) + sock.negotiated.tsOffset) | 0,
      // Only a connection under repair may be given another.
      () => 'EPERM'),
    { name: 'TCP_INFO', id: TCP_INFO, get: sock => tcpInfo(sock, sock.env.now) },
    { name: 'TCP_CC_INFO', id: TCP_CC_INFO, get: sock => congestionControlInfo(sock) },
    { name: 'TCP_MD5SIG', id: TCP_MD5SIG, get: () => 'ENOPROTOOPT', set: (sock, value) => setMd5Key(sock, value, false) },
    { name: 'TCP_MD5SIG_EXT', id: TCP_MD5SIG_EXT, get: () => 'ENOPROTOOPT', set: (sock, value) => setMd5Key(sock, value, true) },
    {
      name: 'TCP_CONGESTION', id: TCP_CONGESTION,
      get: sock => congestionControlName(sock),
      set: (sock, value) => setCongestionControl(sock, value),
    },
  ])
}
