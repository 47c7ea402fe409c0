// The counters of /proc/net/snmp and netstat -s under their MIB names (RFC 4293, 4113, 4022; Linux's TcpExt). Plain
// number fields: hot code writes `mib.tcp.InSegs++`.

const IP = {
  InReceives: 0, InHdrErrors: 0, InAddrErrors: 0, ForwDatagrams: 0, InUnknownProtos: 0, InDiscards: 0, InDelivers: 0, OutRequests: 0,
  OutDiscards: 0, OutNoRoutes: 0, ReasmTimeout: 0, ReasmReqds: 0, ReasmOKs: 0, ReasmFails: 0, FragOKs: 0, FragFails: 0, FragCreates: 0,
  InMcastPkts: 0, OutMcastPkts: 0, InBcastPkts: 0, OutBcastPkts: 0, InOctets: 0, OutOctets: 0, InCsumErrors: 0, InTruncatedPkts: 0,
  ReasmOverlaps: 0, InTooBigErrors: 0, InNoRoutes: 0,
}

const ICMP = {
  InMsgs: 0, InErrors: 0, InCsumErrors: 0, InDestUnreachs: 0, InTimeExcds: 0, InParmProbs: 0, InSrcQuenchs: 0, InRedirects: 0, InEchos: 0,
  InEchoReps: 0, InTimestamps: 0, InTimestampReps: 0, InPktTooBigs: 0, OutMsgs: 0, OutErrors: 0, OutDestUnreachs: 0, OutTimeExcds: 0,
  OutParmProbs: 0, OutRedirects: 0, OutEchos: 0, OutEchoReps: 0, OutTimestampReps: 0, OutPktTooBigs: 0, OutRateLimitHost: 0,
}

const UDP = {
  InDatagrams: 0, NoPorts: 0, InErrors: 0, OutDatagrams: 0, RcvbufErrors: 0, SndbufErrors: 0, InCsumErrors: 0, IgnoredMulti: 0,
}

const TCP = {
  ActiveOpens: 0, PassiveOpens: 0, AttemptFails: 0, EstabResets: 0, CurrEstab: 0, InSegs: 0, OutSegs: 0, RetransSegs: 0, InErrs: 0,
  OutRsts: 0, InCsumErrors: 0,
}

const TCP_EXT = {
  SyncookiesSent: 0, SyncookiesRecv: 0, SyncookiesFailed: 0, EmbryonicRsts: 0, PruneCalled: 0, RcvPruned: 0, OfoPruned: 0,
  OutOfWindowIcmps: 0, LockDroppedIcmps: 0, TW: 0, TWRecycled: 0, TWKilled: 0, PAWSActive: 0, PAWSEstab: 0, PAWSOldAck: 0, DelayedACKs: 0,
  DelayedACKLocked: 0, DelayedACKLost: 0, ListenOverflows: 0, ListenDrops: 0, TCPHPHits: 0, TCPPureAcks: 0, TCPHPAcks: 0,
  TCPRenoRecovery: 0, TCPSackRecovery: 0, TCPSACKReneging: 0, TCPSACKReorder: 0, TCPRenoReorder: 0, TCPTSReorder: 0, TCPFullUndo: 0,
  TCPPartialUndo: 0, TCPDSACKUndo: 0, TCPLossUndo: 0, TCPLostRetransmit: 0, TCPRenoFailures: 0, TCPSackFailures: 0, TCPLossFailures: 0,
  TCPFastRetrans: 0, TCPSlowStartRetrans: 0, TCPTimeouts: 0, TCPLossProbes: 0, TCPLossProbeRecovery: 0, TCPRenoRecoveryFail: 0,
  TCPSackRecoveryFail: 0, TCPRcvCollapsed: 0, TCPDSACKOldSent: 0, TCPDSACKOfoSent: 0, TCPDSACKRecv: 0, TCPDSACKOfoRecv: 0,
  TCPAbortOnData: 0, TCPAbortOnClose: 0, TCPAbortOnMemory: 0, TCPAbortOnTimeout: 0, TCPAbortOnLinger: 0, TCPAbortFailed: 0,
  TCPMemoryPressures: 0, TCPSACKDiscard: 0, TCPDSACKIgnoredOld: 0, TCPDSACKIgnoredNoUndo: 0, TCPSpuriousRTOs: 0, TCPMD5NotFound: 0,
  TCPMD5Unexpected: 0, TCPMD5Failure: 0, TCPBacklogDrop: 0, TCPMinTTLDrop: 0, TCPDeferAcceptDrop: 0, TCPTimeWaitOverflow: 0,
  TCPReqQFullDoCookies: 0, TCPReqQFullDrop: 0, TCPRetransFail: 0, TCPRcvCoalesce: 0, TCPOFOQueue: 0, TCPOFODrop: 0, TCPOFOMerge: 0,
  TCPChallengeACK: 0, TCPSYNChallenge: 0, TCPFastOpenActive: 0, TCPFastOpenActiveFail: 0, TCPFastOpenPassive: 0,
  TCPFastOpenPassiveFail: 0, TCPFastOpenListenOverflow: 0, TCPFastOpenCookieReqd: 0, TCPFastOpenBlackhole: 0, TCPSpuriousRtxHostQueues: 0,
  TCPAutoCorking: 0, TCPFromZeroWindowAdv: 0, TCPToZeroWindowAdv: 0, TCPWantZeroWindowAdv: 0, TCPSynRetrans: 0, TCPOrigDataSent: 0,
  TCPHystartTrainDetect: 0, TCPHystartTrainCwnd: 0, TCPHystartDelayDetect: 0, TCPHystartDelayCwnd: 0, TCPACKSkippedSynRecv: 0,
  TCPACKSkippedPAWS: 0, TCPACKSkippedSeq: 0, TCPACKSkippedFinWait2: 0, TCPACKSkippedTimeWait: 0, TCPACKSkippedChallenge: 0,
  TCPWinProbe: 0, BeyondWindow: 0,
  TCPKeepAlive: 0, TCPMTUPFail: 0, TCPMTUPSuccess: 0, TCPDelivered: 0, TCPDeliveredCE: 0, TCPAckCompressed: 0,
  TCPZeroWindowDrop: 0, TCPRcvQDrop: 0, TCPWqueueTooBig: 0, TCPFastOpenPassiveAltKey: 0, TcpTimeoutRehash: 0, TcpDuplicateDataRehash: 0,
  TCPDSACKRecvSegs: 0, TCPDSACKIgnoredDubious: 0, TCPMigrateReqSuccess: 0, TCPMigrateReqFailure: 0, TCPPLBRehash: 0,
}

export interface Mib {
  readonly ip: typeof IP
  readonly ip6: typeof IP
  readonly icmp: typeof ICMP
  readonly icmp6: typeof ICMP
  readonly udp: typeof UDP
  readonly udp6: typeof UDP
  readonly tcp: typeof TCP
  readonly tcpExt: typeof TCP_EXT
}

export function createMib(): Mib {
  return {
    ip: { ...IP }, ip6: { ...IP }, icmp: { ...ICMP }, icmp6: { ...ICMP }, udp: { ...UDP }, udp6: { ...UDP },
    tcp: { ...TCP }, tcpExt: { ...TCP_EXT },
  }
}
