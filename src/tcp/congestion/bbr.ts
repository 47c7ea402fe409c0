// BBR version 3 (draft-ietf-ccwg-bbr): paces at the bandwidth of the bottleneck and keeps about one round trip's worth in
// flight, instead of waiting for loss. Four phases: Startup, Drain, ProbeBW (down, cruise, refill, up), ProbeRTT. It owns
// window and pacing rate (`controlsWindow`); windows are in segments inside. Section numbers are the draft's.

import { bandwidthOf, ExtraAcked, MaxBandwidth, MinRtt, Plateau, Rounds } from './bbr-model.ts'
import type { AckSample, CongestionControl, CongestionEvent, CongestionState, CongestionWindow } from './congestion-control.ts'

type Phase = 'startup' | 'drain' | 'down' | 'cruise' | 'refill' | 'up' | 'probe-rtt'

/** Pacing and window gains of each phase (5.1.1). */
const GAINS: Readonly<Record<Phase, { readonly pacing: number, readonly cwnd: number }>> = Object.freeze({
  'startup': { pacing: 2.77, cwnd: 2 },
  'drain': { pacing: 0.5, cwnd: 2 },
  'down': { pacing: 0.9, cwnd: 2 },
  'cruise': { pacing: 1, cwnd: 2 },
  'refill': { pacing: 1, cwnd: 2 },
  'up': { pacing: 1.25, cwnd: 2.25 },
  'probe-rtt': { pacing: 1, cwnd: 0.5 },
})

const LOSS_THRESHOLD = 0.02
const BETA = 0.7
const HEADROOM = 0.15
const MIN_PIPE_SEGS = 4
const PACING_MARGIN = 0.99
const STARTUP_LOSS_EVENTS = 6
const PROBE_RTT_US = 200_000
const EXTRA_ACKED_ROUNDS = 5
const RENO_COEXISTENCE_ROUNDS = 63

export class Bbr implements CongestionControl {
  readonly name = 'bbr'
  readonly needsEcn = false
  readonly controlsWindow = true
  private phase: Phase = 'startup'
  private readonly maxBandwidth = new MaxBandwidth()
  private readonly minRtt = new MinRtt()
  private readonly extraAcked = new ExtraAcked()
  private readonly rounds = new Rounds()
  /** Short-term bounds after loss, long-term bound from probing (5.5.10); Infinity: none. */
  private bandwidthLow = Infinity
  private inflightLow = Infinity
  private inflightHigh = Infinity
  /** Startup's plateau, and that of each probe for more (5.3.1.2). */
  private readonly plateau = new Plateau()
  private isPipeFull = false
  /** Loss, and the most that was delivered and how fast, of the current round of loss feedback (5.5.10.3). */
  private readonly lossRounds = new Rounds()
  private lossInRound = 0
  private lossEvents = 0
  private bandwidthLatest = 0
  private inflightLatest = 0
  /** The ACKs that come in tell of a probe that has ended: for one round (5.3.3.5.4). */
  private isProbeStopping = false
  private mayJudgeProbe = false
  /** ProbeBW's cycle (5.3.3). */
  private cycleAt = 0
  private roundsSinceProbe = 0
  private probeWaitUs = 0
  private upRounds = 0
  private upAcked = 0
  private upPerSeg = Infinity
  private probeRttDoneAt = 0
  private probeRttRoundDone = false
  private priorCwndSegs = 0
  private chance = 0x2545f491

  start(window: CongestionWindow, now: number): void {
    this.minRtt.start(now)
    this.extraAcked.start(now)
    this.cycleAt = now
    // 5.3.3.5.3: flows that begin at different times probe at different times.
    this.chance ^= Math.floor(now)
    window.needsPacing = true
    // 5.6.2: before the first sample, the initial window a millisecond.
    window.pacingRate = GAINS.startup.pacing * window.cwnd * 1000
  }

  /** Loss is answered in `onSample`; the window of the seam stays as it is. */
  ssthreshSegs(window: CongestionWindow): number {
    this.priorCwndSegs = Math.max(this.priorCwndSegs, window.cwndSegs)
    return window.ssthreshSegs
  }

  onAck(): void { /* onSample owns the window */ }

  undoCwndSegs(window: CongestionWindow): number {
    this.plateau.restart(0)
    this.bandwidthLow = Infinity
    this.inflightLow = Infinity
    return Math.max(window.cwndSegs, this.priorCwndSegs)
  }

  onState(window: CongestionWindow, state: CongestionState): void {
    if (state === 'loss') {
      // 5.6.4.4: a time-out leaves what is in flight and one more.
      this.priorCwndSegs = Math.max(this.priorCwndSegs, window.cwndSegs)
      this.lossInRound++
    } else if (state === 'open' && this.priorCwndSegs > 0) {
      window.cwndSegs = Math.max(window.cwndSegs, this.priorCwndSegs)
      this.priorCwndSegs = 0
    }
  }

  onEvent(window: CongestionWindow, event: CongestionEvent, now: number): void {
    if (event !== 'tx-start') return
    // 5.4.1: after idle start at the estimated bandwidth instead of in a burst.
    this.extraAcked.start(now)
    if (this.isProbingBandwidth) this.setPacing(window, 1)
    else if (this.phase === 'probe-rtt') this.checkProbeRttDone(window, now)
  }

  onSample(window: CongestionWindow, sample: AckSample): void {
    this.updateModel(window, sample)
    this.advancePhase(window, sample)
    this.setPacing(window, GAINS[this.phase].pacing)
    this.setWindow(window, sample)
  }

  private get isProbingBandwidth(): boolean { return this.phase !== 'startup' && this.phase !== 'drain' && this.phase !== 'probe-rtt' }

  private get bandwidth(): number { return Math.min(this.maxBandwidth.value, this.bandwidthLow) }

  /** Segments in flight that `gain` of a bandwidth-delay product makes (5.6.4.2). */
  private inflightAt(gain: number, bandwidth: number = this.bandwidth): number {
    if (this.minRtt.valueUs === Infinity) return Infinity
    return gain * bandwidth * this.minRtt.valueUs
  }

  // --- model (5.5)

  private updateModel(window: CongestionWindow, sample: AckSample): void {
    this.rounds.update(sample)
    this.lossRounds.update(sample)
    const bandwidth = bandwidthOf(sample)
    if (bandwidth > 0) {
      this.bandwidthLatest = Math.max(this.bandwidthLatest, bandwidth)
      this.inflightLatest = Math.max(this.inflightLatest, sample.deliveredSegs)
      if (bandwidth >= this.maxBandwidth.value || !sample.isAppLimited) this.maxBandwidth.note(bandwidth)
    }
    if (sample.lostSegs > 0) {
      // The round of loss begins with the first loss.
      if (this.lossInRound === 0) this.lossRounds.restart(sample.delivered)
      this.lossInRound += sample.lostSegs
      this.lossEvents++
    }
    this.minRtt.update(sample)
    this.extraAcked.update(sample, this.bandwidth, window.cwndSegs)
    this.checkFullPipe(sample)
    if (this.rounds.started) {
      this.extraAcked.onRound(this.isPipeFull ? EXTRA_ACKED_ROUNDS : 1)
      this.roundsSinceProbe++
      if (this.isProbeStopping) this.endProbe(sample)
    }
    if (this.lossRounds.started) this.onLossRound(window, sample)
  }

  private onLossRound(window: CongestionWindow, sample: AckSample): void {
    // 5.5.10.3: loss while not probing for more lowers the short-term bounds.
    if (this.lossInRound > 0 && this.phase !== 'up' && this.phase !== 'refill' && this.phase !== 'startup') {
      if (this.bandwidthLow === Infinity) this.bandwidthLow = this.maxBandwidth.value
      if (this.inflightLow === Infinity) this.inflightLow = window.cwndSegs
      this.bandwidthLow = Math.max(this.bandwidthLatest, BETA * this.bandwidthLow)
      this.inflightLow = Math.max(this.inflightLatest, BETA * this.inflightLow)
    }
    this.lossInRound = 0
    this.lossEvents = 0
    this.bandwidthLatest = bandwidthOf(sample)
    this.inflightLatest = Math.max(0, sample.deliveredSegs)
  }

  /** The last of the probe's packets are acknowledged: what it found begins to age. */
  private endProbe(sample: AckSample): void {
    this.isProbeStopping = false
    this.mayJudgeProbe = false
    if (this.isProbingBandwidth && !sample.isAppLimited) this.maxBandwidth.advance()
  }

  private isLossTooHigh(sample: AckSample): boolean {
    return sample.lostSegs > 0 && this.lossInRound > Math.max(1, sample.priorInFlightSegs * LOSS_THRESHOLD)
  }

  /** 5.3.1.2 and 5.3.1.3: bandwidth stopped growing, or Startup loses too much. */
  private checkFullPipe(sample: AckSample): void {
    this.plateau.update(sample, this.rounds.started)
    if (this.isPipeFull) return
    const losing = this.rounds.started && this.lossEvents >= STARTUP_LOSS_EVENTS && this.lossInRound > this.inflightLatest * LOSS_THRESHOLD
    if (losing) this.inflightHigh = Math.max(this.inflightAt(1), this.inflightLatest)
    this.isPipeFull = losing || this.plateau.isReached
  }

  // --- phases (5.3)

  private advancePhase(window: CongestionWindow, sample: AckSample): void {
    if (this.phase === 'startup' && this.isPipeFull) this.phase = 'drain'
    if (this.phase === 'drain' && sample.inFlightSegs <= this.inflightAt(1)) this.enterDown(sample.now)
    if (this.isProbingBandwidth) this.cycle(window, sample)
    if (this.phase !== 'probe-rtt' && this.minRtt.probeExpired && this.minRtt.valueUs !== Infinity) this.enterProbeRtt(window)
    if (this.phase === 'probe-rtt') this.handleProbeRtt(window, sample)
  }

  private random(below: number): number {
    this.chance = Math.imul(this.chance ^ (this.chance >>> 15), 0x2c1b3c6d) + this.rounds.count | 0
    return (this.chance >>> 8) % below
  }

  private enterDown(now: number): void {
    this.phase = 'down'
    this.isProbeStopping = true
    this.cycleAt = now
    // 5.3.3.5.3: two to three seconds until the next probe, so that flows do not probe together.
    this.roundsSinceProbe = this.random(2)
    this.probeWaitUs = 2_000_000 + this.random(1_000_000)
    this.upPerSeg = Infinity
    this.rounds.restart(this.lastDelivered)
  }

  private lastDelivered = 0

  private cycle(window: CongestionWindow, sample: AckSample): void {
    this.lastDelivered = sample.delivered
    this.adaptInflightHigh(window, sample)
    const inFlight = sample.inFlightSegs
    if (this.phase === 'down' || this.phase === 'cruise') {
      if (this.isTimeToProbe(sample.now)) this.enterRefill(sample)
      else if (this.phase === 'down' && inFlight <= this.withHeadroom() && inFlight <= this.inflightAt(1, this.maxBandwidth.value)) this.phase = 'cruise'
    } else if (this.phase === 'refill') {
      if (this.rounds.started) {
        this.phase = 'up'
        this.mayJudgeProbe = true
        this.isProbeStopping = false
        this.cycleAt = sample.now
        this.plateau.restart(bandwidthOf(sample))
        this.raiseSlope(window)
      }
    } else {
      this.probeUp(window, sample)
    }
  }

  private isTimeToProbe(now: number): boolean {
    const renoRounds = Math.min(RENO_COEXISTENCE_ROUNDS, this.inflightAt(1))
    return now > this.cycleAt + this.probeWaitUs || this.roundsSinceProbe >= renoRounds
  }

  private enterRefill(sample: AckSample): void {
    this.phase = 'refill'
    this.bandwidthLow = Infinity
    this.inflightLow = Infinity
    this.upRounds = 0
    this.upAcked = 0
    this.rounds.restart(sample.delivered)
  }

  /** 5.5.10.2: what the probe had in flight was too much, or was borne. */
  private adaptInflightHigh(window: CongestionWindow, sample: AckSample): void {
    if (this.isLossTooHigh(sample)) {
      if (!this.mayJudgeProbe) return
      this.mayJudgeProbe = false
      const target = Math.min(this.inflightAt(1), window.cwndSegs)
      if (!sample.isAppLimited) this.inflightHigh = Math.max(sample.priorInFlightSegs, target * BETA, MIN_PIPE_SEGS)
      if (this.phase === 'up') this.enterDown(sample.now)
      return
    }
    if (this.inflightHigh !== Infinity && this.phase === 'up') this.growInflightHigh(window, sample)
  }

  private probeUp(window: CongestionWindow, sample: AckSample): void {
    // 5.3.3.5.2: at the long-term bound the bandwidth says nothing; otherwise three rounds without a quarter more are enough.
    if (window.isCwndLimited && window.cwndSegs >= this.inflightHigh) this.plateau.restart(bandwidthOf(sample))
    else if (this.plateau.isReached) this.enterDown(sample.now)
  }

  /** 5.3.3.6: the bound grows faster with every round in which it held. */
  private raiseSlope(window: CongestionWindow): void {
    this.upPerSeg = Math.max(1, Math.floor(window.cwndSegs / 2 ** Math.min(this.upRounds, 30)))
    this.upRounds++
  }

  private growInflightHigh(window: CongestionWindow, sample: AckSample): void {
    if (!window.isCwndLimited || window.cwndSegs < Math.floor(this.inflightHigh)) return
    this.upAcked += sample.ackedSegs
    if (this.upAcked >= this.upPerSeg) {
      const delta = Math.floor(this.upAcked / this.upPerSeg)
      this.upAcked -= delta * this.upPerSeg
      this.inflightHigh += delta
    }
    if (this.rounds.started) this.raiseSlope(window)
  }

  private withHeadroom(): number {
    if (this.inflightHigh === Infinity) return Infinity
    return Math.max(this.inflightHigh - Math.max(1, HEADROOM * this.inflightHigh), MIN_PIPE_SEGS)
  }

  // --- ProbeRTT (5.3.4)

  private get probeRttSegs(): number { return Math.max(Math.floor(this.inflightAt(GAINS['probe-rtt'].cwnd)), MIN_PIPE_SEGS) }

  private enterProbeRtt(window: CongestionWindow): void {
    this.priorCwndSegs = Math.max(this.priorCwndSegs, window.cwndSegs)
    this.phase = 'probe-rtt'
    this.probeRttDoneAt = 0
  }

  private handleProbeRtt(window: CongestionWindow, sample: AckSample): void {
    if (this.probeRttDoneAt === 0) {
      if (sample.inFlightSegs > this.probeRttSegs) return
      this.probeRttDoneAt = sample.now + PROBE_RTT_US
      this.probeRttRoundDone = false
      this.rounds.restart(sample.delivered)
      return
    }
    if (this.rounds.started) this.probeRttRoundDone = true
    if (this.probeRttRoundDone) this.checkProbeRttDone(window, sample.now)
  }

  private checkProbeRttDone(window: CongestionWindow, now: number): void {
    if (this.probeRttDoneAt === 0 || now <= this.probeRttDoneAt) return
    this.minRtt.renew(now)
    window.cwndSegs = Math.max(window.cwndSegs, this.priorCwndSegs)
    this.priorCwndSegs = 0
    this.bandwidthLow = Infinity
    this.inflightLow = Infinity
    if (this.isPipeFull) {
      this.enterDown(now)
      this.phase = 'cruise'
    } else {
      this.phase = 'startup'
    }
  }

  // --- control (5.6)

  private setPacing(window: CongestionWindow, gain: number): void {
    if (this.bandwidth === 0) return
    const rate = gain * this.bandwidth * window.smss * 1_000_000 * PACING_MARGIN
    if (this.isPipeFull || rate > window.pacingRate) window.pacingRate = rate
  }

  private setWindow(window: CongestionWindow, sample: AckSample): void {
    const gain = GAINS[this.phase].cwnd
    // 5.6.4.2: room for ACK aggregation and for super-segments in the sender.
    const target = Math.max(this.inflightAt(gain) + this.extraAcked.value + 3, MIN_PIPE_SEGS)
    let cwnd = window.cwndSegs
    if (window.state === 'recovery' && sample.lostSegs > 0) cwnd = Math.max(cwnd - sample.lostSegs, sample.inFlightSegs + sample.ackedSegs, 1)
    if (this.isPipeFull) cwnd = Math.min(cwnd + sample.ackedSegs, Math.ceil(target))
    else if (cwnd < target || sample.delivered < 10) cwnd += sample.ackedSegs
    cwnd = Math.max(cwnd, MIN_PIPE_SEGS)
    if (this.phase === 'probe-rtt') cwnd = Math.min(cwnd, this.probeRttSegs)
    window.cwndSegs = Math.min(Math.floor(Math.min(cwnd, this.bound())), window.maxCwndSegs)
  }

  /** 5.6.4.7: the model's bounds on what may be in flight. */
  private bound(): number {
    let bound = Infinity
    if (this.phase === 'cruise' || this.phase === 'probe-rtt') bound = this.withHeadroom()
    else if (this.isProbingBandwidth) bound = this.inflightHigh
    return Math.max(Math.min(bound, this.inflightLow), MIN_PIPE_SEGS)
  }

  /** tcp_bbr_info: bandwidth (bytes/s, two words), min_rtt (us), gains in 1/256. */
  info(): Uint8Array {
    const bytes = new Uint8Array(20)
    const view = new DataView(bytes.buffer)
    const rate = this.bandwidth * 1_000_000
    view.setUint32(0, rate % 4294967296, true)
    view.setUint32(4, Math.floor(rate / 4294967296), true)
    view.setUint32(8, this.minRtt.valueUs === Infinity ? 0xffffffff : this.minRtt.valueUs, true)
    view.setUint32(12, GAINS[this.phase].pacing * 256, true)
    view.setUint32(16, GAINS[this.phase].cwnd * 256, true)
    return bytes
  }
}
