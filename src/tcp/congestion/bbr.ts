// BBR version 3 (draft-ietf-ccwg-bbr): paces at the bandwidth of the bottleneck and keeps about one round trip's worth in
// flight, instead of waiting for loss. Four phases: Startup, Drain, ProbeBW (down, cruise, refill, up), ProbeRTT. It owns
// window and pacing rate (`controlsWindow`); windows are in segments inside. Section numbers are the draft's.

import { ExtraAcked, MaxBandwidth, MinRtt, Rounds } from './bbr-model.ts'
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
const FULL_BANDWIDTH_GROWTH = 1.25
const FULL_BANDWIDTH_ROUNDS = 3
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
  /** Startup's plateau (5.3.1.2). */
  private fullBandwidth = 0
  private fullBandwidthRounds = 0
  private isPipeFull = false
  /** Loss of the current round. */
  private lossInRound = 0
  private lossEvents = 0
  private bandwidthInRound = 0
  private deliveredInRound = 0
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
    this.fullBandwidth = 0
    this.fullBandwidthRounds = 0
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

  private get isProbingBandwidth(): boolean {
    return this.phase === 'down' || this.phase === 'cruise' || this.phase === 'refill' || this.phase === 'up'
  }

  private get bandwidth(): number { return Math.min(this.maxBandwidth.value, this.bandwidthLow) }

  /** Segments in flight that `gain` of a bandwidth-delay product makes (5.6.4.2). */
  private inflightAt(gain: number, bandwidth: number = this.bandwidth): number {
    if (this.minRtt.valueUs === Infinity) return Infinity
    return gain * bandwidth * this.minRtt.valueUs
  }

  // --- model (5.5)

  private updateModel(window: CongestionWindow, sample: AckSample): void {
    this.rounds.update(sample)
    if (sample.deliveredSegs > 0 && sample.intervalUs > 0) {
      const bandwidth = sample.deliveredSegs / sample.intervalUs
      this.bandwidthInRound = Math.max(this.bandwidthInRound, bandwidth)
      if (bandwidth >= this.maxBandwidth.value || !sample.isAppLimited) this.maxBandwidth.note(bandwidth)
    }
    this.deliveredInRound += sample.ackedSegs
    if (sample.lostSegs > 0) {
      this.lossInRound += sample.lostSegs
      this.lossEvents++
    }
    this.minRtt.update(sample)
    this.extraAcked.update(sample, this.bandwidth, window.cwndSegs)
    if (this.rounds.started) this.onRound(window, sample)
  }

  private onRound(window: CongestionWindow, sample: AckSample): void {
    this.extraAcked.onRound(this.isPipeFull ? EXTRA_ACKED_ROUNDS : 1)
    this.roundsSinceProbe++
    if (!this.isPipeFull) this.checkFullPipe(sample)
    // 5.5.10.3: loss while not probing for more lowers the short-term bounds.
    if (this.lossInRound > 0 && this.phase !== 'up' && this.phase !== 'refill' && this.phase !== 'startup') {
      if (this.bandwidthLow === Infinity) this.bandwidthLow = this.maxBandwidth.value
      if (this.inflightLow === Infinity) this.inflightLow = window.cwndSegs
      this.bandwidthLow = Math.max(this.bandwidthInRound, BETA * this.bandwidthLow)
      this.inflightLow = Math.max(this.deliveredInRound, BETA * this.inflightLow)
    }
    this.lossInRound = 0
    this.lossEvents = 0
    this.bandwidthInRound = 0
    this.deliveredInRound = 0
  }

  private isLossTooHigh(sample: AckSample): boolean {
    return sample.lostSegs > 0 && this.lossInRound > Math.max(1, sample.priorInFlightSegs * LOSS_THRESHOLD)
  }

  /** 5.3.1.2 and 5.3.1.3: bandwidth stopped growing, or Startup loses too much. */
  private checkFullPipe(sample: AckSample): void {
    const losing = this.lossEvents >= STARTUP_LOSS_EVENTS && this.lossInRound > this.deliveredInRound * LOSS_THRESHOLD
    if (losing) {
      this.isPipeFull = true
      this.inflightHigh = Math.max(this.inflightAt(1), this.deliveredInRound)
      return
    }
    if (sample.isAppLimited) return
    if (this.maxBandwidth.value >= this.fullBandwidth * FULL_BANDWIDTH_GROWTH) {
      this.fullBandwidth = this.maxBandwidth.value
      this.fullBandwidthRounds = 0
      return
    }
    this.fullBandwidthRounds++
    this.isPipeFull = this.fullBandwidthRounds >= FULL_BANDWIDTH_ROUNDS
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
    this.maxBandwidth.advance()
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
    const inFlight = sample.inFlightSegs
    if (this.phase === 'down' || this.phase === 'cruise') {
      if (this.isTimeToProbe(sample.now)) this.enterRefill(sample)
      else if (this.phase === 'down' && inFlight <= this.withHeadroom() && inFlight <= this.inflightAt(1, this.maxBandwidth.value)) this.phase = 'cruise'
    } else if (this.phase === 'refill') {
      if (this.rounds.started) {
        this.phase = 'up'
        this.cycleAt = sample.now
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

  private probeUp(window: CongestionWindow, sample: AckSample): void {
    if (this.isLossTooHigh(sample)) {
      // 5.5.10.2: this much was too much.
      if (!sample.isAppLimited) this.inflightHigh = Math.max(sample.priorInFlightSegs, this.inflightAt(1) * BETA, MIN_PIPE_SEGS)
      this.enterDown(sample.now)
      return
    }
    this.growInflightHigh(window, sample)
    const lasted = sample.now > this.cycleAt + this.minRtt.valueUs
    if (lasted && sample.inFlightSegs > this.inflightAt(GAINS.up.pacing, this.maxBandwidth.value)) this.enterDown(sample.now)
  }

  /** 5.3.3.6: the bound grows faster with every round in which it held. */
  private raiseSlope(window: CongestionWindow): void {
    this.upPerSeg = Math.max(1, Math.floor(window.cwndSegs / 2 ** Math.min(this.upRounds, 30)))
    this.upRounds++
  }

  private growInflightHigh(window: CongestionWindow, sample: AckSample): void {
    if (this.inflightHigh === Infinity || !window.isCwndLimited || window.cwndSegs < Math.floor(this.inflightHigh)) return
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
