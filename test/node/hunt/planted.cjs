// Loaded behind our modules and before the player: the fault HUNT_PLANT names, of the kind that a network in JavaScript has. Nothing in
// src knows of this.
'use strict'
const net = require('net')

const { Socket } = net
const FAULTS = {
  'a reset closes like any other end': () => { Socket.prototype.resetAndDestroy = Socket.prototype.destroy },
  'bytes written are counted twice': () => {
    const { _writeGeneric } = Socket.prototype
    Socket.prototype._writeGeneric = function (...args) {
      const result = _writeGeneric.apply(this, args)
      if (this._handle) this._handle.bytesWritten *= 2
      return result
    }
  },
  'the end of a server comes a tick late': () => {
    const { _emitCloseIfDrained } = net.Server.prototype
    net.Server.prototype._emitCloseIfDrained = function () { setImmediate(() => { setTimeout(() => { _emitCloseIfDrained.call(this) }, 20) }) }
  },
}

FAULTS[process.env.HUNT_PLANT]()
