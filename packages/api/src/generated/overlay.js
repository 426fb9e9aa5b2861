/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars*/
"use strict";

var $protobuf = require("protobufjs/minimal");

// Common aliases
var $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;

// Exported root namespace
var $root = $protobuf.roots["overlayd-control"] || ($protobuf.roots["overlayd-control"] = {});

$root.overlay = (function() {

    /**
     * Namespace overlay.
     * @exports overlay
     * @namespace
     */
    var overlay = {};

    overlay.v1 = (function() {

        /**
         * Namespace v1.
         * @memberof overlay
         * @namespace
         */
        var v1 = {};

        v1.StatusRequest = (function() {

            /**
             * Properties of a StatusRequest.
             * @memberof overlay.v1
             * @interface IStatusRequest
             */

            /**
             * Constructs a new StatusRequest.
             * @memberof overlay.v1
             * @classdesc Represents a StatusRequest.
             * @implements IStatusRequest
             * @constructor
             * @param {overlay.v1.IStatusRequest=} [properties] Properties to set
             */
            function StatusRequest(properties) {
                if (properties)
                    for (var keys = Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            }

            /**
             * Encodes the specified StatusRequest message. Does not implicitly {@link overlay.v1.StatusRequest.verify|verify} messages.
             * @function encode
             * @memberof overlay.v1.StatusRequest
             * @static
             * @param {overlay.v1.IStatusRequest} message StatusRequest message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            StatusRequest.encode = function encode(message, writer, q) {
                if (!writer)
                    writer = $Writer.create();
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                return writer;
            };

            /**
             * Decodes a StatusRequest message from the specified reader or buffer.
             * @function decode
             * @memberof overlay.v1.StatusRequest
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {overlay.v1.StatusRequest} StatusRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            StatusRequest.decode = function decode(reader, length, error, long) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (long === undefined)
                    long = 0;
                if (long > $Reader.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var end, message;
                if (length === undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = new $root.overlay.v1.StatusRequest();
                while (reader.pos < end) {
                    var tag = reader.uint32();
                    if (tag === error)
                        break;
                    switch (tag >>> 3) {
                    default:
                        reader.skipType(tag & 7, long);
                        break;
                    }
                }
                if (length !== undefined) {
                    if (reader.pos !== end)
                        throw RangeError("index out of range");
                    reader.len = length;
                }
                return message;
            };

            /**
             * Creates a StatusRequest message from a plain object. Also converts values to their respective internal types.
             * @function fromObject
             * @memberof overlay.v1.StatusRequest
             * @static
             * @param {Object.<string,*>} object Plain object
             * @returns {overlay.v1.StatusRequest} StatusRequest
             */
            StatusRequest.fromObject = function fromObject(object, long) {
                if (object instanceof $root.overlay.v1.StatusRequest)
                    return object;
                return new $root.overlay.v1.StatusRequest();
            };

            /**
             * Creates a plain object from a StatusRequest message. Also converts values to other types if specified.
             * @function toObject
             * @memberof overlay.v1.StatusRequest
             * @static
             * @param {overlay.v1.StatusRequest} message StatusRequest
             * @param {$protobuf.IConversionOptions} [options] Conversion options
             * @returns {Object.<string,*>} Plain object
             */
            StatusRequest.toObject = function toObject() {
                return {};
            };

            /**
             * Converts this StatusRequest to JSON.
             * @function toJSON
             * @memberof overlay.v1.StatusRequest
             * @instance
             * @returns {Object.<string,*>} JSON object
             */
            StatusRequest.prototype.toJSON = function toJSON() {
                return this.constructor.toObject(this, $protobuf.util.toJSONOptions);
            };

            return StatusRequest;
        })();

        v1.LeasesRequest = (function() {

            /**
             * Properties of a LeasesRequest.
             * @memberof overlay.v1
             * @interface ILeasesRequest
             */

            /**
             * Constructs a new LeasesRequest.
             * @memberof overlay.v1
             * @classdesc Represents a LeasesRequest.
             * @implements ILeasesRequest
             * @constructor
             * @param {overlay.v1.ILeasesRequest=} [properties] Properties to set
             */
            function LeasesRequest(properties) {
                if (properties)
                    for (var keys = Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            }

            /**
             * Encodes the specified LeasesRequest message. Does not implicitly {@link overlay.v1.LeasesRequest.verify|verify} messages.
             * @function encode
             * @memberof overlay.v1.LeasesRequest
             * @static
             * @param {overlay.v1.ILeasesRequest} message LeasesRequest message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            LeasesRequest.encode = function encode(message, writer, q) {
                if (!writer)
                    writer = $Writer.create();
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                return writer;
            };

            /**
             * Decodes a LeasesRequest message from the specified reader or buffer.
             * @function decode
             * @memberof overlay.v1.LeasesRequest
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {overlay.v1.LeasesRequest} LeasesRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            LeasesRequest.decode = function decode(reader, length, error, long) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (long === undefined)
                    long = 0;
                if (long > $Reader.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var end, message;
                if (length === undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = new $root.overlay.v1.LeasesRequest();
                while (reader.pos < end) {
                    var tag = reader.uint32();
                    if (tag === error)
                        break;
                    switch (tag >>> 3) {
                    default:
                        reader.skipType(tag & 7, long);
                        break;
                    }
                }
                if (length !== undefined) {
                    if (reader.pos !== end)
                        throw RangeError("index out of range");
                    reader.len = length;
                }
                return message;
            };

            /**
             * Creates a LeasesRequest message from a plain object. Also converts values to their respective internal types.
             * @function fromObject
             * @memberof overlay.v1.LeasesRequest
             * @static
             * @param {Object.<string,*>} object Plain object
             * @returns {overlay.v1.LeasesRequest} LeasesRequest
             */
            LeasesRequest.fromObject = function fromObject(object, long) {
                if (object instanceof $root.overlay.v1.LeasesRequest)
                    return object;
                return new $root.overlay.v1.LeasesRequest();
            };

            /**
             * Creates a plain object from a LeasesRequest message. Also converts values to other types if specified.
             * @function toObject
             * @memberof overlay.v1.LeasesRequest
             * @static
             * @param {overlay.v1.LeasesRequest} message LeasesRequest
             * @param {$protobuf.IConversionOptions} [options] Conversion options
             * @returns {Object.<string,*>} Plain object
             */
            LeasesRequest.toObject = function toObject() {
                return {};
            };

            /**
             * Converts this LeasesRequest to JSON.
             * @function toJSON
             * @memberof overlay.v1.LeasesRequest
             * @instance
             * @returns {Object.<string,*>} JSON object
             */
            LeasesRequest.prototype.toJSON = function toJSON() {
                return this.constructor.toObject(this, $protobuf.util.toJSONOptions);
            };

            return LeasesRequest;
        })();

        v1.PlanRequest = (function() {

            /**
             * Properties of a PlanRequest.
             * @memberof overlay.v1
             * @interface IPlanRequest
             */

            /**
             * Constructs a new PlanRequest.
             * @memberof overlay.v1
             * @classdesc Represents a PlanRequest.
             * @implements IPlanRequest
             * @constructor
             * @param {overlay.v1.IPlanRequest=} [properties] Properties to set
             */
            function PlanRequest(properties) {
                if (properties)
                    for (var keys = Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            }

            /**
             * Encodes the specified PlanRequest message. Does not implicitly {@link overlay.v1.PlanRequest.verify|verify} messages.
             * @function encode
             * @memberof overlay.v1.PlanRequest
             * @static
             * @param {overlay.v1.IPlanRequest} message PlanRequest message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            PlanRequest.encode = function encode(message, writer, q) {
                if (!writer)
                    writer = $Writer.create();
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                return writer;
            };

            /**
             * Decodes a PlanRequest message from the specified reader or buffer.
             * @function decode
             * @memberof overlay.v1.PlanRequest
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {overlay.v1.PlanRequest} PlanRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            PlanRequest.decode = function decode(reader, length, error, long) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (long === undefined)
                    long = 0;
                if (long > $Reader.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var end, message;
                if (length === undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = new $root.overlay.v1.PlanRequest();
                while (reader.pos < end) {
                    var tag = reader.uint32();
                    if (tag === error)
                        break;
                    switch (tag >>> 3) {
                    default:
                        reader.skipType(tag & 7, long);
                        break;
                    }
                }
                if (length !== undefined) {
                    if (reader.pos !== end)
                        throw RangeError("index out of range");
                    reader.len = length;
                }
                return message;
            };

            /**
             * Creates a PlanRequest message from a plain object. Also converts values to their respective internal types.
             * @function fromObject
             * @memberof overlay.v1.PlanRequest
             * @static
             * @param {Object.<string,*>} object Plain object
             * @returns {overlay.v1.PlanRequest} PlanRequest
             */
            PlanRequest.fromObject = function fromObject(object, long) {
                if (object instanceof $root.overlay.v1.PlanRequest)
                    return object;
                return new $root.overlay.v1.PlanRequest();
            };

            /**
             * Creates a plain object from a PlanRequest message. Also converts values to other types if specified.
             * @function toObject
             * @memberof overlay.v1.PlanRequest
             * @static
             * @param {overlay.v1.PlanRequest} message PlanRequest
             * @param {$protobuf.IConversionOptions} [options] Conversion options
             * @returns {Object.<string,*>} Plain object
             */
            PlanRequest.toObject = function toObject() {
                return {};
            };

            /**
             * Converts this PlanRequest to JSON.
             * @function toJSON
             * @memberof overlay.v1.PlanRequest
             * @instance
             * @returns {Object.<string,*>} JSON object
             */
            PlanRequest.prototype.toJSON = function toJSON() {
                return this.constructor.toObject(this, $protobuf.util.toJSONOptions);
            };

            return PlanRequest;
        })();

        v1.ResyncRequest = (function() {

            /**
             * Properties of a ResyncRequest.
             * @memberof overlay.v1
             * @interface IResyncRequest
             */

            /**
             * Constructs a new ResyncRequest.
             * @memberof overlay.v1
             * @classdesc Represents a ResyncRequest.
             * @implements IResyncRequest
             * @constructor
             * @param {overlay.v1.IResyncRequest=} [properties] Properties to set
             */
            function ResyncRequest(properties) {
                if (properties)
                    for (var keys = Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            }

            /**
             * Encodes the specified ResyncRequest message. Does not implicitly {@link overlay.v1.ResyncRequest.verify|verify} messages.
             * @function encode
             * @memberof overlay.v1.ResyncRequest
             * @static
             * @param {overlay.v1.IResyncRequest} message ResyncRequest message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            ResyncRequest.encode = function encode(message, writer, q) {
                if (!writer)
                    writer = $Writer.create();
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                return writer;
            };

            /**
             * Decodes a ResyncRequest message from the specified reader or buffer.
             * @function decode
             * @memberof overlay.v1.ResyncRequest
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {overlay.v1.ResyncRequest} ResyncRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            ResyncRequest.decode = function decode(reader, length, error, long) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (long === undefined)
                    long = 0;
                if (long > $Reader.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var end, message;
                if (length === undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = new $root.overlay.v1.ResyncRequest();
                while (reader.pos < end) {
                    var tag = reader.uint32();
                    if (tag === error)
                        break;
                    switch (tag >>> 3) {
                    default:
                        reader.skipType(tag & 7, long);
                        break;
                    }
                }
                if (length !== undefined) {
                    if (reader.pos !== end)
                        throw RangeError("index out of range");
                    reader.len = length;
                }
                return message;
            };

            /**
             * Creates a ResyncRequest message from a plain object. Also converts values to their respective internal types.
             * @function fromObject
             * @memberof overlay.v1.ResyncRequest
             * @static
             * @param {Object.<string,*>} object Plain object
             * @returns {overlay.v1.ResyncRequest} ResyncRequest
             */
            ResyncRequest.fromObject = function fromObject(object, long) {
                if (object instanceof $root.overlay.v1.ResyncRequest)
                    return object;
                return new $root.overlay.v1.ResyncRequest();
            };

            /**
             * Creates a plain object from a ResyncRequest message. Also converts values to other types if specified.
             * @function toObject
             * @memberof overlay.v1.ResyncRequest
             * @static
             * @param {overlay.v1.ResyncRequest} message ResyncRequest
             * @param {$protobuf.IConversionOptions} [options] Conversion options
             * @returns {Object.<string,*>} Plain object
             */
            ResyncRequest.toObject = function toObject() {
                return {};
            };

            /**
             * Converts this ResyncRequest to JSON.
             * @function toJSON
             * @memberof overlay.v1.ResyncRequest
             * @instance
             * @returns {Object.<string,*>} JSON object
             */
            ResyncRequest.prototype.toJSON = function toJSON() {
                return this.constructor.toObject(this, $protobuf.util.toJSONOptions);
            };

            return ResyncRequest;
        })();

        v1.Problem = (function() {

            /**
             * Properties of a Problem.
             * @memberof overlay.v1
             * @interface IProblem
             * @property {string|null} [code] Problem code
             * @property {string|null} [message] Problem message
             */

            /**
             * Constructs a new Problem.
             * @memberof overlay.v1
             * @classdesc Represents a Problem.
             * @implements IProblem
             * @constructor
             * @param {overlay.v1.IProblem=} [properties] Properties to set
             */
            function Problem(properties) {
                if (properties)
                    for (var keys = Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            }

            /**
             * Problem code.
             * @member {string} code
             * @memberof overlay.v1.Problem
             * @instance
             */
            Problem.prototype.code = "";

            /**
             * Problem message.
             * @member {string} message
             * @memberof overlay.v1.Problem
             * @instance
             */
            Problem.prototype.message = "";

            /**
             * Encodes the specified Problem message. Does not implicitly {@link overlay.v1.Problem.verify|verify} messages.
             * @function encode
             * @memberof overlay.v1.Problem
             * @static
             * @param {overlay.v1.IProblem} message Problem message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Problem.encode = function encode(message, writer, q) {
                if (!writer)
                    writer = $Writer.create();
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                if (message.code != null && Object.hasOwnProperty.call(message, "code"))
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.code);
                if (message.message != null && Object.hasOwnProperty.call(message, "message"))
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.message);
                return writer;
            };

            /**
             * Decodes a Problem message from the specified reader or buffer.
             * @function decode
             * @memberof overlay.v1.Problem
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {overlay.v1.Problem} Problem
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Problem.decode = function decode(reader, length, error, long) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (long === undefined)
                    long = 0;
                if (long > $Reader.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var end, message;
                if (length === undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = new $root.overlay.v1.Problem();
                while (reader.pos < end) {
                    var tag = reader.uint32();
                    if (tag === error)
                        break;
                    switch (tag >>> 3) {
                    case 1: {
                            message.code = reader.string();
                            break;
                        }
                    case 2: {
                            message.message = reader.string();
                            break;
                        }
                    default:
                        reader.skipType(tag & 7, long);
                        break;
                    }
                }
                if (length !== undefined) {
                    if (reader.pos !== end)
                        throw RangeError("index out of range");
                    reader.len = length;
                }
                return message;
            };

            /**
             * Creates a Problem message from a plain object. Also converts values to their respective internal types.
             * @function fromObject
             * @memberof overlay.v1.Problem
             * @static
             * @param {Object.<string,*>} object Plain object
             * @returns {overlay.v1.Problem} Problem
             */
            Problem.fromObject = function fromObject(object, long) {
                if (object instanceof $root.overlay.v1.Problem)
                    return object;
                if (!$util.isObject(object))
                    throw TypeError(".overlay.v1.Problem: object expected");
                if (long === undefined)
                    long = 0;
                if (long > $util.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var message = new $root.overlay.v1.Problem();
                if (object.code != null)
                    message.code = String(object.code);
                if (object.message != null)
                    message.message = String(object.message);
                return message;
            };

            /**
             * Creates a plain object from a Problem message. Also converts values to other types if specified.
             * @function toObject
             * @memberof overlay.v1.Problem
             * @static
             * @param {overlay.v1.Problem} message Problem
             * @param {$protobuf.IConversionOptions} [options] Conversion options
             * @returns {Object.<string,*>} Plain object
             */
            Problem.toObject = function toObject(message, options, q) {
                if (!options)
                    options = {};
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                var object = {};
                if (options.defaults) {
                    object.code = "";
                    object.message = "";
                }
                if (message.code != null && Object.hasOwnProperty.call(message, "code"))
                    object.code = message.code;
                if (message.message != null && Object.hasOwnProperty.call(message, "message"))
                    object.message = message.message;
                return object;
            };

            /**
             * Converts this Problem to JSON.
             * @function toJSON
             * @memberof overlay.v1.Problem
             * @instance
             * @returns {Object.<string,*>} JSON object
             */
            Problem.prototype.toJSON = function toJSON() {
                return this.constructor.toObject(this, $protobuf.util.toJSONOptions);
            };

            return Problem;
        })();

        v1.StatusReply = (function() {

            /**
             * Properties of a StatusReply.
             * @memberof overlay.v1
             * @interface IStatusReply
             * @property {string|null} [version] StatusReply version
             * @property {string|null} [instance] StatusReply instance
             * @property {string|null} [nodeId] StatusReply nodeId
             * @property {string|null} [hostname] StatusReply hostname
             * @property {boolean|null} [ready] StatusReply ready
             * @property {Array.<string>|null} [notReady] StatusReply notReady
             * @property {number|null} [uptimeSeconds] StatusReply uptimeSeconds
             * @property {overlay.v1.IOwnLease|null} [lease] StatusReply lease
             * @property {overlay.v1.IEtcd|null} [etcd] StatusReply etcd
             * @property {string|null} [network] StatusReply network
             * @property {string|null} [ipv6Network] StatusReply ipv6Network
             * @property {string|null} [backend] StatusReply backend
             * @property {number|null} [mtu] StatusReply mtu
             * @property {string|null} ["interface"] StatusReply interface
             * @property {overlay.v1.IPeers|null} [peers] StatusReply peers
             * @property {overlay.v1.IReconcile|null} [reconcile] StatusReply reconcile
             * @property {overlay.v1.IFirewall|null} [firewall] StatusReply firewall
             * @property {overlay.v1.IDocker|null} [docker] StatusReply docker
             * @property {Array.<overlay.v1.IProblem>|null} [problems] StatusReply problems
             * @property {Array.<overlay.v1.IBackendRow>|null} [backends] StatusReply backends
             * @property {boolean|null} [mustRenumber] StatusReply mustRenumber
             */

            /**
             * Constructs a new StatusReply.
             * @memberof overlay.v1
             * @classdesc Represents a StatusReply.
             * @implements IStatusReply
             * @constructor
             * @param {overlay.v1.IStatusReply=} [properties] Properties to set
             */
            function StatusReply(properties) {
                this.notReady = [];
                this.problems = [];
                this.backends = [];
                if (properties)
                    for (var keys = Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            }

            /**
             * StatusReply version.
             * @member {string} version
             * @memberof overlay.v1.StatusReply
             * @instance
             */
            StatusReply.prototype.version = "";

            /**
             * StatusReply instance.
             * @member {string} instance
             * @memberof overlay.v1.StatusReply
             * @instance
             */
            StatusReply.prototype.instance = "";

            /**
             * StatusReply nodeId.
             * @member {string} nodeId
             * @memberof overlay.v1.StatusReply
             * @instance
             */
            StatusReply.prototype.nodeId = "";

            /**
             * StatusReply hostname.
             * @member {string} hostname
             * @memberof overlay.v1.StatusReply
             * @instance
             */
            StatusReply.prototype.hostname = "";

            /**
             * StatusReply ready.
             * @member {boolean} ready
             * @memberof overlay.v1.StatusReply
             * @instance
             */
            StatusReply.prototype.ready = false;

            /**
             * StatusReply notReady.
             * @member {Array.<string>} notReady
             * @memberof overlay.v1.StatusReply
             * @instance
             */
            StatusReply.prototype.notReady = $util.emptyArray;

            /**
             * StatusReply uptimeSeconds.
             * @member {number} uptimeSeconds
             * @memberof overlay.v1.StatusReply
             * @instance
             */
            StatusReply.prototype.uptimeSeconds = 0;

            /**
             * StatusReply lease.
             * @member {overlay.v1.IOwnLease|null|undefined} lease
             * @memberof overlay.v1.StatusReply
             * @instance
             */
            StatusReply.prototype.lease = null;

            /**
             * StatusReply etcd.
             * @member {overlay.v1.IEtcd|null|undefined} etcd
             * @memberof overlay.v1.StatusReply
             * @instance
             */
            StatusReply.prototype.etcd = null;

            /**
             * StatusReply network.
             * @member {string} network
             * @memberof overlay.v1.StatusReply
             * @instance
             */
            StatusReply.prototype.network = "";

            /**
             * StatusReply ipv6Network.
             * @member {string} ipv6Network
             * @memberof overlay.v1.StatusReply
             * @instance
             */
            StatusReply.prototype.ipv6Network = "";

            /**
             * StatusReply backend.
             * @member {string} backend
             * @memberof overlay.v1.StatusReply
             * @instance
             */
            StatusReply.prototype.backend = "";

            /**
             * StatusReply mtu.
             * @member {number} mtu
             * @memberof overlay.v1.StatusReply
             * @instance
             */
            StatusReply.prototype.mtu = 0;

            /**
             * StatusReply interface.
             * @member {string} interface
             * @memberof overlay.v1.StatusReply
             * @instance
             */
            StatusReply.prototype["interface"] = "";

            /**
             * StatusReply peers.
             * @member {overlay.v1.IPeers|null|undefined} peers
             * @memberof overlay.v1.StatusReply
             * @instance
             */
            StatusReply.prototype.peers = null;

            /**
             * StatusReply reconcile.
             * @member {overlay.v1.IReconcile|null|undefined} reconcile
             * @memberof overlay.v1.StatusReply
             * @instance
             */
            StatusReply.prototype.reconcile = null;

            /**
             * StatusReply firewall.
             * @member {overlay.v1.IFirewall|null|undefined} firewall
             * @memberof overlay.v1.StatusReply
             * @instance
             */
            StatusReply.prototype.firewall = null;

            /**
             * StatusReply docker.
             * @member {overlay.v1.IDocker|null|undefined} docker
             * @memberof overlay.v1.StatusReply
             * @instance
             */
            StatusReply.prototype.docker = null;

            /**
             * StatusReply problems.
             * @member {Array.<overlay.v1.IProblem>} problems
             * @memberof overlay.v1.StatusReply
             * @instance
             */
            StatusReply.prototype.problems = $util.emptyArray;

            /**
             * StatusReply backends.
             * @member {Array.<overlay.v1.IBackendRow>} backends
             * @memberof overlay.v1.StatusReply
             * @instance
             */
            StatusReply.prototype.backends = $util.emptyArray;

            /**
             * StatusReply mustRenumber.
             * @member {boolean} mustRenumber
             * @memberof overlay.v1.StatusReply
             * @instance
             */
            StatusReply.prototype.mustRenumber = false;

            /**
             * Encodes the specified StatusReply message. Does not implicitly {@link overlay.v1.StatusReply.verify|verify} messages.
             * @function encode
             * @memberof overlay.v1.StatusReply
             * @static
             * @param {overlay.v1.IStatusReply} message StatusReply message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            StatusReply.encode = function encode(message, writer, q) {
                if (!writer)
                    writer = $Writer.create();
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                if (message.version != null && Object.hasOwnProperty.call(message, "version"))
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.version);
                if (message.instance != null && Object.hasOwnProperty.call(message, "instance"))
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.instance);
                if (message.nodeId != null && Object.hasOwnProperty.call(message, "nodeId"))
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.nodeId);
                if (message.hostname != null && Object.hasOwnProperty.call(message, "hostname"))
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.hostname);
                if (message.ready != null && Object.hasOwnProperty.call(message, "ready"))
                    writer.uint32(/* id 5, wireType 0 =*/40).bool(message.ready);
                if (message.notReady != null && message.notReady.length)
                    for (var i = 0; i < message.notReady.length; ++i)
                        writer.uint32(/* id 6, wireType 2 =*/50).string(message.notReady[i]);
                if (message.uptimeSeconds != null && Object.hasOwnProperty.call(message, "uptimeSeconds"))
                    writer.uint32(/* id 7, wireType 1 =*/57).double(message.uptimeSeconds);
                if (message.lease != null && Object.hasOwnProperty.call(message, "lease"))
                    $root.overlay.v1.OwnLease.encode(message.lease, writer.uint32(/* id 8, wireType 2 =*/66).fork(), q + 1).ldelim();
                if (message.etcd != null && Object.hasOwnProperty.call(message, "etcd"))
                    $root.overlay.v1.Etcd.encode(message.etcd, writer.uint32(/* id 9, wireType 2 =*/74).fork(), q + 1).ldelim();
                if (message.network != null && Object.hasOwnProperty.call(message, "network"))
                    writer.uint32(/* id 10, wireType 2 =*/82).string(message.network);
                if (message.ipv6Network != null && Object.hasOwnProperty.call(message, "ipv6Network"))
                    writer.uint32(/* id 11, wireType 2 =*/90).string(message.ipv6Network);
                if (message.backend != null && Object.hasOwnProperty.call(message, "backend"))
                    writer.uint32(/* id 12, wireType 2 =*/98).string(message.backend);
                if (message.mtu != null && Object.hasOwnProperty.call(message, "mtu"))
                    writer.uint32(/* id 13, wireType 0 =*/104).uint32(message.mtu);
                if (message["interface"] != null && Object.hasOwnProperty.call(message, "interface"))
                    writer.uint32(/* id 14, wireType 2 =*/114).string(message["interface"]);
                if (message.peers != null && Object.hasOwnProperty.call(message, "peers"))
                    $root.overlay.v1.Peers.encode(message.peers, writer.uint32(/* id 15, wireType 2 =*/122).fork(), q + 1).ldelim();
                if (message.reconcile != null && Object.hasOwnProperty.call(message, "reconcile"))
                    $root.overlay.v1.Reconcile.encode(message.reconcile, writer.uint32(/* id 16, wireType 2 =*/130).fork(), q + 1).ldelim();
                if (message.firewall != null && Object.hasOwnProperty.call(message, "firewall"))
                    $root.overlay.v1.Firewall.encode(message.firewall, writer.uint32(/* id 17, wireType 2 =*/138).fork(), q + 1).ldelim();
                if (message.docker != null && Object.hasOwnProperty.call(message, "docker"))
                    $root.overlay.v1.Docker.encode(message.docker, writer.uint32(/* id 18, wireType 2 =*/146).fork(), q + 1).ldelim();
                if (message.problems != null && message.problems.length)
                    for (var i = 0; i < message.problems.length; ++i)
                        $root.overlay.v1.Problem.encode(message.problems[i], writer.uint32(/* id 19, wireType 2 =*/154).fork(), q + 1).ldelim();
                if (message.backends != null && message.backends.length)
                    for (var i = 0; i < message.backends.length; ++i)
                        $root.overlay.v1.BackendRow.encode(message.backends[i], writer.uint32(/* id 20, wireType 2 =*/162).fork(), q + 1).ldelim();
                if (message.mustRenumber != null && Object.hasOwnProperty.call(message, "mustRenumber"))
                    writer.uint32(/* id 21, wireType 0 =*/168).bool(message.mustRenumber);
                return writer;
            };

            /**
             * Decodes a StatusReply message from the specified reader or buffer.
             * @function decode
             * @memberof overlay.v1.StatusReply
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {overlay.v1.StatusReply} StatusReply
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            StatusReply.decode = function decode(reader, length, error, long) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (long === undefined)
                    long = 0;
                if (long > $Reader.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var end, message;
                if (length === undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = new $root.overlay.v1.StatusReply();
                while (reader.pos < end) {
                    var tag = reader.uint32();
                    if (tag === error)
                        break;
                    switch (tag >>> 3) {
                    case 1: {
                            message.version = reader.string();
                            break;
                        }
                    case 2: {
                            message.instance = reader.string();
                            break;
                        }
                    case 3: {
                            message.nodeId = reader.string();
                            break;
                        }
                    case 4: {
                            message.hostname = reader.string();
                            break;
                        }
                    case 5: {
                            message.ready = reader.bool();
                            break;
                        }
                    case 6: {
                            if (!(message.notReady && message.notReady.length))
                                message.notReady = [];
                            message.notReady.push(reader.string());
                            break;
                        }
                    case 7: {
                            message.uptimeSeconds = reader.double();
                            break;
                        }
                    case 8: {
                            message.lease = $root.overlay.v1.OwnLease.decode(reader, reader.uint32(), undefined, long + 1);
                            break;
                        }
                    case 9: {
                            message.etcd = $root.overlay.v1.Etcd.decode(reader, reader.uint32(), undefined, long + 1);
                            break;
                        }
                    case 10: {
                            message.network = reader.string();
                            break;
                        }
                    case 11: {
                            message.ipv6Network = reader.string();
                            break;
                        }
                    case 12: {
                            message.backend = reader.string();
                            break;
                        }
                    case 13: {
                            message.mtu = reader.uint32();
                            break;
                        }
                    case 14: {
                            message["interface"] = reader.string();
                            break;
                        }
                    case 15: {
                            message.peers = $root.overlay.v1.Peers.decode(reader, reader.uint32(), undefined, long + 1);
                            break;
                        }
                    case 16: {
                            message.reconcile = $root.overlay.v1.Reconcile.decode(reader, reader.uint32(), undefined, long + 1);
                            break;
                        }
                    case 17: {
                            message.firewall = $root.overlay.v1.Firewall.decode(reader, reader.uint32(), undefined, long + 1);
                            break;
                        }
                    case 18: {
                            message.docker = $root.overlay.v1.Docker.decode(reader, reader.uint32(), undefined, long + 1);
                            break;
                        }
                    case 19: {
                            if (!(message.problems && message.problems.length))
                                message.problems = [];
                            message.problems.push($root.overlay.v1.Problem.decode(reader, reader.uint32(), undefined, long + 1));
                            break;
                        }
                    case 20: {
                            if (!(message.backends && message.backends.length))
                                message.backends = [];
                            message.backends.push($root.overlay.v1.BackendRow.decode(reader, reader.uint32(), undefined, long + 1));
                            break;
                        }
                    case 21: {
                            message.mustRenumber = reader.bool();
                            break;
                        }
                    default:
                        reader.skipType(tag & 7, long);
                        break;
                    }
                }
                if (length !== undefined) {
                    if (reader.pos !== end)
                        throw RangeError("index out of range");
                    reader.len = length;
                }
                return message;
            };

            /**
             * Creates a StatusReply message from a plain object. Also converts values to their respective internal types.
             * @function fromObject
             * @memberof overlay.v1.StatusReply
             * @static
             * @param {Object.<string,*>} object Plain object
             * @returns {overlay.v1.StatusReply} StatusReply
             */
            StatusReply.fromObject = function fromObject(object, long) {
                if (object instanceof $root.overlay.v1.StatusReply)
                    return object;
                if (!$util.isObject(object))
                    throw TypeError(".overlay.v1.StatusReply: object expected");
                if (long === undefined)
                    long = 0;
                if (long > $util.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var message = new $root.overlay.v1.StatusReply();
                if (object.version != null)
                    message.version = String(object.version);
                if (object.instance != null)
                    message.instance = String(object.instance);
                if (object.nodeId != null)
                    message.nodeId = String(object.nodeId);
                if (object.hostname != null)
                    message.hostname = String(object.hostname);
                if (object.ready != null)
                    message.ready = Boolean(object.ready);
                if (object.notReady) {
                    if (!Array.isArray(object.notReady))
                        throw TypeError(".overlay.v1.StatusReply.notReady: array expected");
                    message.notReady = [];
                    for (var i = 0; i < object.notReady.length; ++i)
                        message.notReady[i] = String(object.notReady[i]);
                }
                if (object.uptimeSeconds != null)
                    message.uptimeSeconds = Number(object.uptimeSeconds);
                if (object.lease != null) {
                    if (!$util.isObject(object.lease))
                        throw TypeError(".overlay.v1.StatusReply.lease: object expected");
                    message.lease = $root.overlay.v1.OwnLease.fromObject(object.lease, long + 1);
                }
                if (object.etcd != null) {
                    if (!$util.isObject(object.etcd))
                        throw TypeError(".overlay.v1.StatusReply.etcd: object expected");
                    message.etcd = $root.overlay.v1.Etcd.fromObject(object.etcd, long + 1);
                }
                if (object.network != null)
                    message.network = String(object.network);
                if (object.ipv6Network != null)
                    message.ipv6Network = String(object.ipv6Network);
                if (object.backend != null)
                    message.backend = String(object.backend);
                if (object.mtu != null)
                    message.mtu = object.mtu >>> 0;
                if (object["interface"] != null)
                    message["interface"] = String(object["interface"]);
                if (object.peers != null) {
                    if (!$util.isObject(object.peers))
                        throw TypeError(".overlay.v1.StatusReply.peers: object expected");
                    message.peers = $root.overlay.v1.Peers.fromObject(object.peers, long + 1);
                }
                if (object.reconcile != null) {
                    if (!$util.isObject(object.reconcile))
                        throw TypeError(".overlay.v1.StatusReply.reconcile: object expected");
                    message.reconcile = $root.overlay.v1.Reconcile.fromObject(object.reconcile, long + 1);
                }
                if (object.firewall != null) {
                    if (!$util.isObject(object.firewall))
                        throw TypeError(".overlay.v1.StatusReply.firewall: object expected");
                    message.firewall = $root.overlay.v1.Firewall.fromObject(object.firewall, long + 1);
                }
                if (object.docker != null) {
                    if (!$util.isObject(object.docker))
                        throw TypeError(".overlay.v1.StatusReply.docker: object expected");
                    message.docker = $root.overlay.v1.Docker.fromObject(object.docker, long + 1);
                }
                if (object.problems) {
                    if (!Array.isArray(object.problems))
                        throw TypeError(".overlay.v1.StatusReply.problems: array expected");
                    message.problems = [];
                    for (var i = 0; i < object.problems.length; ++i) {
                        if (!$util.isObject(object.problems[i]))
                            throw TypeError(".overlay.v1.StatusReply.problems: object expected");
                        message.problems[i] = $root.overlay.v1.Problem.fromObject(object.problems[i], long + 1);
                    }
                }
                if (object.backends) {
                    if (!Array.isArray(object.backends))
                        throw TypeError(".overlay.v1.StatusReply.backends: array expected");
                    message.backends = [];
                    for (var i = 0; i < object.backends.length; ++i) {
                        if (!$util.isObject(object.backends[i]))
                            throw TypeError(".overlay.v1.StatusReply.backends: object expected");
                        message.backends[i] = $root.overlay.v1.BackendRow.fromObject(object.backends[i], long + 1);
                    }
                }
                if (object.mustRenumber != null)
                    message.mustRenumber = Boolean(object.mustRenumber);
                return message;
            };

            /**
             * Creates a plain object from a StatusReply message. Also converts values to other types if specified.
             * @function toObject
             * @memberof overlay.v1.StatusReply
             * @static
             * @param {overlay.v1.StatusReply} message StatusReply
             * @param {$protobuf.IConversionOptions} [options] Conversion options
             * @returns {Object.<string,*>} Plain object
             */
            StatusReply.toObject = function toObject(message, options, q) {
                if (!options)
                    options = {};
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                var object = {};
                if (options.arrays || options.defaults) {
                    object.notReady = [];
                    object.problems = [];
                    object.backends = [];
                }
                if (options.defaults) {
                    object.version = "";
                    object.instance = "";
                    object.nodeId = "";
                    object.hostname = "";
                    object.ready = false;
                    object.uptimeSeconds = 0;
                    object.lease = null;
                    object.etcd = null;
                    object.network = "";
                    object.ipv6Network = "";
                    object.backend = "";
                    object.mtu = 0;
                    object["interface"] = "";
                    object.peers = null;
                    object.reconcile = null;
                    object.firewall = null;
                    object.docker = null;
                    object.mustRenumber = false;
                }
                if (message.version != null && Object.hasOwnProperty.call(message, "version"))
                    object.version = message.version;
                if (message.instance != null && Object.hasOwnProperty.call(message, "instance"))
                    object.instance = message.instance;
                if (message.nodeId != null && Object.hasOwnProperty.call(message, "nodeId"))
                    object.nodeId = message.nodeId;
                if (message.hostname != null && Object.hasOwnProperty.call(message, "hostname"))
                    object.hostname = message.hostname;
                if (message.ready != null && Object.hasOwnProperty.call(message, "ready"))
                    object.ready = message.ready;
                if (message.notReady && message.notReady.length) {
                    object.notReady = [];
                    for (var j = 0; j < message.notReady.length; ++j)
                        object.notReady[j] = message.notReady[j];
                }
                if (message.uptimeSeconds != null && Object.hasOwnProperty.call(message, "uptimeSeconds"))
                    object.uptimeSeconds = options.json && !isFinite(message.uptimeSeconds) ? String(message.uptimeSeconds) : message.uptimeSeconds;
                if (message.lease != null && Object.hasOwnProperty.call(message, "lease"))
                    object.lease = $root.overlay.v1.OwnLease.toObject(message.lease, options, q + 1);
                if (message.etcd != null && Object.hasOwnProperty.call(message, "etcd"))
                    object.etcd = $root.overlay.v1.Etcd.toObject(message.etcd, options, q + 1);
                if (message.network != null && Object.hasOwnProperty.call(message, "network"))
                    object.network = message.network;
                if (message.ipv6Network != null && Object.hasOwnProperty.call(message, "ipv6Network"))
                    object.ipv6Network = message.ipv6Network;
                if (message.backend != null && Object.hasOwnProperty.call(message, "backend"))
                    object.backend = message.backend;
                if (message.mtu != null && Object.hasOwnProperty.call(message, "mtu"))
                    object.mtu = message.mtu;
                if (message["interface"] != null && Object.hasOwnProperty.call(message, "interface"))
                    object["interface"] = message["interface"];
                if (message.peers != null && Object.hasOwnProperty.call(message, "peers"))
                    object.peers = $root.overlay.v1.Peers.toObject(message.peers, options, q + 1);
                if (message.reconcile != null && Object.hasOwnProperty.call(message, "reconcile"))
                    object.reconcile = $root.overlay.v1.Reconcile.toObject(message.reconcile, options, q + 1);
                if (message.firewall != null && Object.hasOwnProperty.call(message, "firewall"))
                    object.firewall = $root.overlay.v1.Firewall.toObject(message.firewall, options, q + 1);
                if (message.docker != null && Object.hasOwnProperty.call(message, "docker"))
                    object.docker = $root.overlay.v1.Docker.toObject(message.docker, options, q + 1);
                if (message.problems && message.problems.length) {
                    object.problems = [];
                    for (var j = 0; j < message.problems.length; ++j)
                        object.problems[j] = $root.overlay.v1.Problem.toObject(message.problems[j], options, q + 1);
                }
                if (message.backends && message.backends.length) {
                    object.backends = [];
                    for (var j = 0; j < message.backends.length; ++j)
                        object.backends[j] = $root.overlay.v1.BackendRow.toObject(message.backends[j], options, q + 1);
                }
                if (message.mustRenumber != null && Object.hasOwnProperty.call(message, "mustRenumber"))
                    object.mustRenumber = message.mustRenumber;
                return object;
            };

            /**
             * Converts this StatusReply to JSON.
             * @function toJSON
             * @memberof overlay.v1.StatusReply
             * @instance
             * @returns {Object.<string,*>} JSON object
             */
            StatusReply.prototype.toJSON = function toJSON() {
                return this.constructor.toObject(this, $protobuf.util.toJSONOptions);
            };

            return StatusReply;
        })();

        v1.BackendRow = (function() {

            /**
             * Properties of a BackendRow.
             * @memberof overlay.v1
             * @interface IBackendRow
             * @property {string|null} [id] BackendRow id
             * @property {string|null} [type] BackendRow type
             * @property {string|null} [role] BackendRow role
             * @property {boolean|null} [announced] BackendRow announced
             * @property {number|null} [peers] BackendRow peers
             * @property {Array.<string>|null} [neededBy] BackendRow neededBy
             * @property {string|null} [detail] BackendRow detail
             */

            /**
             * Constructs a new BackendRow.
             * @memberof overlay.v1
             * @classdesc Represents a BackendRow.
             * @implements IBackendRow
             * @constructor
             * @param {overlay.v1.IBackendRow=} [properties] Properties to set
             */
            function BackendRow(properties) {
                this.neededBy = [];
                if (properties)
                    for (var keys = Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            }

            /**
             * BackendRow id.
             * @member {string} id
             * @memberof overlay.v1.BackendRow
             * @instance
             */
            BackendRow.prototype.id = "";

            /**
             * BackendRow type.
             * @member {string} type
             * @memberof overlay.v1.BackendRow
             * @instance
             */
            BackendRow.prototype.type = "";

            /**
             * BackendRow role.
             * @member {string} role
             * @memberof overlay.v1.BackendRow
             * @instance
             */
            BackendRow.prototype.role = "";

            /**
             * BackendRow announced.
             * @member {boolean} announced
             * @memberof overlay.v1.BackendRow
             * @instance
             */
            BackendRow.prototype.announced = false;

            /**
             * BackendRow peers.
             * @member {number} peers
             * @memberof overlay.v1.BackendRow
             * @instance
             */
            BackendRow.prototype.peers = 0;

            /**
             * BackendRow neededBy.
             * @member {Array.<string>} neededBy
             * @memberof overlay.v1.BackendRow
             * @instance
             */
            BackendRow.prototype.neededBy = $util.emptyArray;

            /**
             * BackendRow detail.
             * @member {string} detail
             * @memberof overlay.v1.BackendRow
             * @instance
             */
            BackendRow.prototype.detail = "";

            /**
             * Encodes the specified BackendRow message. Does not implicitly {@link overlay.v1.BackendRow.verify|verify} messages.
             * @function encode
             * @memberof overlay.v1.BackendRow
             * @static
             * @param {overlay.v1.IBackendRow} message BackendRow message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            BackendRow.encode = function encode(message, writer, q) {
                if (!writer)
                    writer = $Writer.create();
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                if (message.id != null && Object.hasOwnProperty.call(message, "id"))
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.id);
                if (message.type != null && Object.hasOwnProperty.call(message, "type"))
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.type);
                if (message.role != null && Object.hasOwnProperty.call(message, "role"))
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.role);
                if (message.announced != null && Object.hasOwnProperty.call(message, "announced"))
                    writer.uint32(/* id 4, wireType 0 =*/32).bool(message.announced);
                if (message.peers != null && Object.hasOwnProperty.call(message, "peers"))
                    writer.uint32(/* id 5, wireType 0 =*/40).uint32(message.peers);
                if (message.neededBy != null && message.neededBy.length)
                    for (var i = 0; i < message.neededBy.length; ++i)
                        writer.uint32(/* id 6, wireType 2 =*/50).string(message.neededBy[i]);
                if (message.detail != null && Object.hasOwnProperty.call(message, "detail"))
                    writer.uint32(/* id 7, wireType 2 =*/58).string(message.detail);
                return writer;
            };

            /**
             * Decodes a BackendRow message from the specified reader or buffer.
             * @function decode
             * @memberof overlay.v1.BackendRow
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {overlay.v1.BackendRow} BackendRow
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            BackendRow.decode = function decode(reader, length, error, long) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (long === undefined)
                    long = 0;
                if (long > $Reader.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var end, message;
                if (length === undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = new $root.overlay.v1.BackendRow();
                while (reader.pos < end) {
                    var tag = reader.uint32();
                    if (tag === error)
                        break;
                    switch (tag >>> 3) {
                    case 1: {
                            message.id = reader.string();
                            break;
                        }
                    case 2: {
                            message.type = reader.string();
                            break;
                        }
                    case 3: {
                            message.role = reader.string();
                            break;
                        }
                    case 4: {
                            message.announced = reader.bool();
                            break;
                        }
                    case 5: {
                            message.peers = reader.uint32();
                            break;
                        }
                    case 6: {
                            if (!(message.neededBy && message.neededBy.length))
                                message.neededBy = [];
                            message.neededBy.push(reader.string());
                            break;
                        }
                    case 7: {
                            message.detail = reader.string();
                            break;
                        }
                    default:
                        reader.skipType(tag & 7, long);
                        break;
                    }
                }
                if (length !== undefined) {
                    if (reader.pos !== end)
                        throw RangeError("index out of range");
                    reader.len = length;
                }
                return message;
            };

            /**
             * Creates a BackendRow message from a plain object. Also converts values to their respective internal types.
             * @function fromObject
             * @memberof overlay.v1.BackendRow
             * @static
             * @param {Object.<string,*>} object Plain object
             * @returns {overlay.v1.BackendRow} BackendRow
             */
            BackendRow.fromObject = function fromObject(object, long) {
                if (object instanceof $root.overlay.v1.BackendRow)
                    return object;
                if (!$util.isObject(object))
                    throw TypeError(".overlay.v1.BackendRow: object expected");
                if (long === undefined)
                    long = 0;
                if (long > $util.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var message = new $root.overlay.v1.BackendRow();
                if (object.id != null)
                    message.id = String(object.id);
                if (object.type != null)
                    message.type = String(object.type);
                if (object.role != null)
                    message.role = String(object.role);
                if (object.announced != null)
                    message.announced = Boolean(object.announced);
                if (object.peers != null)
                    message.peers = object.peers >>> 0;
                if (object.neededBy) {
                    if (!Array.isArray(object.neededBy))
                        throw TypeError(".overlay.v1.BackendRow.neededBy: array expected");
                    message.neededBy = [];
                    for (var i = 0; i < object.neededBy.length; ++i)
                        message.neededBy[i] = String(object.neededBy[i]);
                }
                if (object.detail != null)
                    message.detail = String(object.detail);
                return message;
            };

            /**
             * Creates a plain object from a BackendRow message. Also converts values to other types if specified.
             * @function toObject
             * @memberof overlay.v1.BackendRow
             * @static
             * @param {overlay.v1.BackendRow} message BackendRow
             * @param {$protobuf.IConversionOptions} [options] Conversion options
             * @returns {Object.<string,*>} Plain object
             */
            BackendRow.toObject = function toObject(message, options, q) {
                if (!options)
                    options = {};
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                var object = {};
                if (options.arrays || options.defaults)
                    object.neededBy = [];
                if (options.defaults) {
                    object.id = "";
                    object.type = "";
                    object.role = "";
                    object.announced = false;
                    object.peers = 0;
                    object.detail = "";
                }
                if (message.id != null && Object.hasOwnProperty.call(message, "id"))
                    object.id = message.id;
                if (message.type != null && Object.hasOwnProperty.call(message, "type"))
                    object.type = message.type;
                if (message.role != null && Object.hasOwnProperty.call(message, "role"))
                    object.role = message.role;
                if (message.announced != null && Object.hasOwnProperty.call(message, "announced"))
                    object.announced = message.announced;
                if (message.peers != null && Object.hasOwnProperty.call(message, "peers"))
                    object.peers = message.peers;
                if (message.neededBy && message.neededBy.length) {
                    object.neededBy = [];
                    for (var j = 0; j < message.neededBy.length; ++j)
                        object.neededBy[j] = message.neededBy[j];
                }
                if (message.detail != null && Object.hasOwnProperty.call(message, "detail"))
                    object.detail = message.detail;
                return object;
            };

            /**
             * Converts this BackendRow to JSON.
             * @function toJSON
             * @memberof overlay.v1.BackendRow
             * @instance
             * @returns {Object.<string,*>} JSON object
             */
            BackendRow.prototype.toJSON = function toJSON() {
                return this.constructor.toObject(this, $protobuf.util.toJSONOptions);
            };

            return BackendRow;
        })();

        v1.OwnLease = (function() {

            /**
             * Properties of an OwnLease.
             * @memberof overlay.v1
             * @interface IOwnLease
             * @property {string|null} [subnet] OwnLease subnet
             * @property {string|null} [ipv6Subnet] OwnLease ipv6Subnet
             * @property {string|null} [publicIp] OwnLease publicIp
             * @property {string|null} [publicIpv6] OwnLease publicIpv6
             * @property {string|null} [state] OwnLease state
             * @property {number|null} [ttlSeconds] OwnLease ttlSeconds
             * @property {number|null} [expiresInSeconds] OwnLease expiresInSeconds
             */

            /**
             * Constructs a new OwnLease.
             * @memberof overlay.v1
             * @classdesc Represents an OwnLease.
             * @implements IOwnLease
             * @constructor
             * @param {overlay.v1.IOwnLease=} [properties] Properties to set
             */
            function OwnLease(properties) {
                if (properties)
                    for (var keys = Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            }

            /**
             * OwnLease subnet.
             * @member {string} subnet
             * @memberof overlay.v1.OwnLease
             * @instance
             */
            OwnLease.prototype.subnet = "";

            /**
             * OwnLease ipv6Subnet.
             * @member {string} ipv6Subnet
             * @memberof overlay.v1.OwnLease
             * @instance
             */
            OwnLease.prototype.ipv6Subnet = "";

            /**
             * OwnLease publicIp.
             * @member {string} publicIp
             * @memberof overlay.v1.OwnLease
             * @instance
             */
            OwnLease.prototype.publicIp = "";

            /**
             * OwnLease publicIpv6.
             * @member {string} publicIpv6
             * @memberof overlay.v1.OwnLease
             * @instance
             */
            OwnLease.prototype.publicIpv6 = "";

            /**
             * OwnLease state.
             * @member {string} state
             * @memberof overlay.v1.OwnLease
             * @instance
             */
            OwnLease.prototype.state = "";

            /**
             * OwnLease ttlSeconds.
             * @member {number} ttlSeconds
             * @memberof overlay.v1.OwnLease
             * @instance
             */
            OwnLease.prototype.ttlSeconds = 0;

            /**
             * OwnLease expiresInSeconds.
             * @member {number} expiresInSeconds
             * @memberof overlay.v1.OwnLease
             * @instance
             */
            OwnLease.prototype.expiresInSeconds = 0;

            /**
             * Encodes the specified OwnLease message. Does not implicitly {@link overlay.v1.OwnLease.verify|verify} messages.
             * @function encode
             * @memberof overlay.v1.OwnLease
             * @static
             * @param {overlay.v1.IOwnLease} message OwnLease message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            OwnLease.encode = function encode(message, writer, q) {
                if (!writer)
                    writer = $Writer.create();
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                if (message.subnet != null && Object.hasOwnProperty.call(message, "subnet"))
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.subnet);
                if (message.ipv6Subnet != null && Object.hasOwnProperty.call(message, "ipv6Subnet"))
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.ipv6Subnet);
                if (message.publicIp != null && Object.hasOwnProperty.call(message, "publicIp"))
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.publicIp);
                if (message.publicIpv6 != null && Object.hasOwnProperty.call(message, "publicIpv6"))
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.publicIpv6);
                if (message.state != null && Object.hasOwnProperty.call(message, "state"))
                    writer.uint32(/* id 5, wireType 2 =*/42).string(message.state);
                if (message.ttlSeconds != null && Object.hasOwnProperty.call(message, "ttlSeconds"))
                    writer.uint32(/* id 6, wireType 0 =*/48).uint32(message.ttlSeconds);
                if (message.expiresInSeconds != null && Object.hasOwnProperty.call(message, "expiresInSeconds"))
                    writer.uint32(/* id 7, wireType 1 =*/57).double(message.expiresInSeconds);
                return writer;
            };

            /**
             * Decodes an OwnLease message from the specified reader or buffer.
             * @function decode
             * @memberof overlay.v1.OwnLease
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {overlay.v1.OwnLease} OwnLease
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            OwnLease.decode = function decode(reader, length, error, long) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (long === undefined)
                    long = 0;
                if (long > $Reader.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var end, message;
                if (length === undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = new $root.overlay.v1.OwnLease();
                while (reader.pos < end) {
                    var tag = reader.uint32();
                    if (tag === error)
                        break;
                    switch (tag >>> 3) {
                    case 1: {
                            message.subnet = reader.string();
                            break;
                        }
                    case 2: {
                            message.ipv6Subnet = reader.string();
                            break;
                        }
                    case 3: {
                            message.publicIp = reader.string();
                            break;
                        }
                    case 4: {
                            message.publicIpv6 = reader.string();
                            break;
                        }
                    case 5: {
                            message.state = reader.string();
                            break;
                        }
                    case 6: {
                            message.ttlSeconds = reader.uint32();
                            break;
                        }
                    case 7: {
                            message.expiresInSeconds = reader.double();
                            break;
                        }
                    default:
                        reader.skipType(tag & 7, long);
                        break;
                    }
                }
                if (length !== undefined) {
                    if (reader.pos !== end)
                        throw RangeError("index out of range");
                    reader.len = length;
                }
                return message;
            };

            /**
             * Creates an OwnLease message from a plain object. Also converts values to their respective internal types.
             * @function fromObject
             * @memberof overlay.v1.OwnLease
             * @static
             * @param {Object.<string,*>} object Plain object
             * @returns {overlay.v1.OwnLease} OwnLease
             */
            OwnLease.fromObject = function fromObject(object, long) {
                if (object instanceof $root.overlay.v1.OwnLease)
                    return object;
                if (!$util.isObject(object))
                    throw TypeError(".overlay.v1.OwnLease: object expected");
                if (long === undefined)
                    long = 0;
                if (long > $util.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var message = new $root.overlay.v1.OwnLease();
                if (object.subnet != null)
                    message.subnet = String(object.subnet);
                if (object.ipv6Subnet != null)
                    message.ipv6Subnet = String(object.ipv6Subnet);
                if (object.publicIp != null)
                    message.publicIp = String(object.publicIp);
                if (object.publicIpv6 != null)
                    message.publicIpv6 = String(object.publicIpv6);
                if (object.state != null)
                    message.state = String(object.state);
                if (object.ttlSeconds != null)
                    message.ttlSeconds = object.ttlSeconds >>> 0;
                if (object.expiresInSeconds != null)
                    message.expiresInSeconds = Number(object.expiresInSeconds);
                return message;
            };

            /**
             * Creates a plain object from an OwnLease message. Also converts values to other types if specified.
             * @function toObject
             * @memberof overlay.v1.OwnLease
             * @static
             * @param {overlay.v1.OwnLease} message OwnLease
             * @param {$protobuf.IConversionOptions} [options] Conversion options
             * @returns {Object.<string,*>} Plain object
             */
            OwnLease.toObject = function toObject(message, options, q) {
                if (!options)
                    options = {};
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                var object = {};
                if (options.defaults) {
                    object.subnet = "";
                    object.ipv6Subnet = "";
                    object.publicIp = "";
                    object.publicIpv6 = "";
                    object.state = "";
                    object.ttlSeconds = 0;
                    object.expiresInSeconds = 0;
                }
                if (message.subnet != null && Object.hasOwnProperty.call(message, "subnet"))
                    object.subnet = message.subnet;
                if (message.ipv6Subnet != null && Object.hasOwnProperty.call(message, "ipv6Subnet"))
                    object.ipv6Subnet = message.ipv6Subnet;
                if (message.publicIp != null && Object.hasOwnProperty.call(message, "publicIp"))
                    object.publicIp = message.publicIp;
                if (message.publicIpv6 != null && Object.hasOwnProperty.call(message, "publicIpv6"))
                    object.publicIpv6 = message.publicIpv6;
                if (message.state != null && Object.hasOwnProperty.call(message, "state"))
                    object.state = message.state;
                if (message.ttlSeconds != null && Object.hasOwnProperty.call(message, "ttlSeconds"))
                    object.ttlSeconds = message.ttlSeconds;
                if (message.expiresInSeconds != null && Object.hasOwnProperty.call(message, "expiresInSeconds"))
                    object.expiresInSeconds = options.json && !isFinite(message.expiresInSeconds) ? String(message.expiresInSeconds) : message.expiresInSeconds;
                return object;
            };

            /**
             * Converts this OwnLease to JSON.
             * @function toJSON
             * @memberof overlay.v1.OwnLease
             * @instance
             * @returns {Object.<string,*>} JSON object
             */
            OwnLease.prototype.toJSON = function toJSON() {
                return this.constructor.toObject(this, $protobuf.util.toJSONOptions);
            };

            return OwnLease;
        })();

        v1.Etcd = (function() {

            /**
             * Properties of an Etcd.
             * @memberof overlay.v1
             * @interface IEtcd
             * @property {boolean|null} [connected] Etcd connected
             * @property {string|null} [endpoint] Etcd endpoint
             * @property {string|null} [version] Etcd version
             * @property {string|null} [revision] Etcd revision
             * @property {string|null} [detail] Etcd detail
             * @property {string|null} [prefix] Etcd prefix
             * @property {number|null} [secondsSinceContact] Etcd secondsSinceContact
             */

            /**
             * Constructs a new Etcd.
             * @memberof overlay.v1
             * @classdesc Represents an Etcd.
             * @implements IEtcd
             * @constructor
             * @param {overlay.v1.IEtcd=} [properties] Properties to set
             */
            function Etcd(properties) {
                if (properties)
                    for (var keys = Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            }

            /**
             * Etcd connected.
             * @member {boolean} connected
             * @memberof overlay.v1.Etcd
             * @instance
             */
            Etcd.prototype.connected = false;

            /**
             * Etcd endpoint.
             * @member {string} endpoint
             * @memberof overlay.v1.Etcd
             * @instance
             */
            Etcd.prototype.endpoint = "";

            /**
             * Etcd version.
             * @member {string} version
             * @memberof overlay.v1.Etcd
             * @instance
             */
            Etcd.prototype.version = "";

            /**
             * Etcd revision.
             * @member {string} revision
             * @memberof overlay.v1.Etcd
             * @instance
             */
            Etcd.prototype.revision = "";

            /**
             * Etcd detail.
             * @member {string} detail
             * @memberof overlay.v1.Etcd
             * @instance
             */
            Etcd.prototype.detail = "";

            /**
             * Etcd prefix.
             * @member {string} prefix
             * @memberof overlay.v1.Etcd
             * @instance
             */
            Etcd.prototype.prefix = "";

            /**
             * Etcd secondsSinceContact.
             * @member {number} secondsSinceContact
             * @memberof overlay.v1.Etcd
             * @instance
             */
            Etcd.prototype.secondsSinceContact = 0;

            /**
             * Encodes the specified Etcd message. Does not implicitly {@link overlay.v1.Etcd.verify|verify} messages.
             * @function encode
             * @memberof overlay.v1.Etcd
             * @static
             * @param {overlay.v1.IEtcd} message Etcd message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Etcd.encode = function encode(message, writer, q) {
                if (!writer)
                    writer = $Writer.create();
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                if (message.connected != null && Object.hasOwnProperty.call(message, "connected"))
                    writer.uint32(/* id 1, wireType 0 =*/8).bool(message.connected);
                if (message.endpoint != null && Object.hasOwnProperty.call(message, "endpoint"))
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.endpoint);
                if (message.version != null && Object.hasOwnProperty.call(message, "version"))
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.version);
                if (message.revision != null && Object.hasOwnProperty.call(message, "revision"))
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.revision);
                if (message.detail != null && Object.hasOwnProperty.call(message, "detail"))
                    writer.uint32(/* id 5, wireType 2 =*/42).string(message.detail);
                if (message.prefix != null && Object.hasOwnProperty.call(message, "prefix"))
                    writer.uint32(/* id 6, wireType 2 =*/50).string(message.prefix);
                if (message.secondsSinceContact != null && Object.hasOwnProperty.call(message, "secondsSinceContact"))
                    writer.uint32(/* id 7, wireType 1 =*/57).double(message.secondsSinceContact);
                return writer;
            };

            /**
             * Decodes an Etcd message from the specified reader or buffer.
             * @function decode
             * @memberof overlay.v1.Etcd
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {overlay.v1.Etcd} Etcd
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Etcd.decode = function decode(reader, length, error, long) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (long === undefined)
                    long = 0;
                if (long > $Reader.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var end, message;
                if (length === undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = new $root.overlay.v1.Etcd();
                while (reader.pos < end) {
                    var tag = reader.uint32();
                    if (tag === error)
                        break;
                    switch (tag >>> 3) {
                    case 1: {
                            message.connected = reader.bool();
                            break;
                        }
                    case 2: {
                            message.endpoint = reader.string();
                            break;
                        }
                    case 3: {
                            message.version = reader.string();
                            break;
                        }
                    case 4: {
                            message.revision = reader.string();
                            break;
                        }
                    case 5: {
                            message.detail = reader.string();
                            break;
                        }
                    case 6: {
                            message.prefix = reader.string();
                            break;
                        }
                    case 7: {
                            message.secondsSinceContact = reader.double();
                            break;
                        }
                    default:
                        reader.skipType(tag & 7, long);
                        break;
                    }
                }
                if (length !== undefined) {
                    if (reader.pos !== end)
                        throw RangeError("index out of range");
                    reader.len = length;
                }
                return message;
            };

            /**
             * Creates an Etcd message from a plain object. Also converts values to their respective internal types.
             * @function fromObject
             * @memberof overlay.v1.Etcd
             * @static
             * @param {Object.<string,*>} object Plain object
             * @returns {overlay.v1.Etcd} Etcd
             */
            Etcd.fromObject = function fromObject(object, long) {
                if (object instanceof $root.overlay.v1.Etcd)
                    return object;
                if (!$util.isObject(object))
                    throw TypeError(".overlay.v1.Etcd: object expected");
                if (long === undefined)
                    long = 0;
                if (long > $util.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var message = new $root.overlay.v1.Etcd();
                if (object.connected != null)
                    message.connected = Boolean(object.connected);
                if (object.endpoint != null)
                    message.endpoint = String(object.endpoint);
                if (object.version != null)
                    message.version = String(object.version);
                if (object.revision != null)
                    message.revision = String(object.revision);
                if (object.detail != null)
                    message.detail = String(object.detail);
                if (object.prefix != null)
                    message.prefix = String(object.prefix);
                if (object.secondsSinceContact != null)
                    message.secondsSinceContact = Number(object.secondsSinceContact);
                return message;
            };

            /**
             * Creates a plain object from an Etcd message. Also converts values to other types if specified.
             * @function toObject
             * @memberof overlay.v1.Etcd
             * @static
             * @param {overlay.v1.Etcd} message Etcd
             * @param {$protobuf.IConversionOptions} [options] Conversion options
             * @returns {Object.<string,*>} Plain object
             */
            Etcd.toObject = function toObject(message, options, q) {
                if (!options)
                    options = {};
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                var object = {};
                if (options.defaults) {
                    object.connected = false;
                    object.endpoint = "";
                    object.version = "";
                    object.revision = "";
                    object.detail = "";
                    object.prefix = "";
                    object.secondsSinceContact = 0;
                }
                if (message.connected != null && Object.hasOwnProperty.call(message, "connected"))
                    object.connected = message.connected;
                if (message.endpoint != null && Object.hasOwnProperty.call(message, "endpoint"))
                    object.endpoint = message.endpoint;
                if (message.version != null && Object.hasOwnProperty.call(message, "version"))
                    object.version = message.version;
                if (message.revision != null && Object.hasOwnProperty.call(message, "revision"))
                    object.revision = message.revision;
                if (message.detail != null && Object.hasOwnProperty.call(message, "detail"))
                    object.detail = message.detail;
                if (message.prefix != null && Object.hasOwnProperty.call(message, "prefix"))
                    object.prefix = message.prefix;
                if (message.secondsSinceContact != null && Object.hasOwnProperty.call(message, "secondsSinceContact"))
                    object.secondsSinceContact = options.json && !isFinite(message.secondsSinceContact) ? String(message.secondsSinceContact) : message.secondsSinceContact;
                return object;
            };

            /**
             * Converts this Etcd to JSON.
             * @function toJSON
             * @memberof overlay.v1.Etcd
             * @instance
             * @returns {Object.<string,*>} JSON object
             */
            Etcd.prototype.toJSON = function toJSON() {
                return this.constructor.toObject(this, $protobuf.util.toJSONOptions);
            };

            return Etcd;
        })();

        v1.Peers = (function() {

            /**
             * Properties of a Peers.
             * @memberof overlay.v1
             * @interface IPeers
             * @property {number|null} [total] Peers total
             * @property {number|null} [programmed] Peers programmed
             * @property {number|null} [rejected] Peers rejected
             * @property {number|null} [otherBackend] Peers otherBackend
             */

            /**
             * Constructs a new Peers.
             * @memberof overlay.v1
             * @classdesc Represents a Peers.
             * @implements IPeers
             * @constructor
             * @param {overlay.v1.IPeers=} [properties] Properties to set
             */
            function Peers(properties) {
                if (properties)
                    for (var keys = Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            }

            /**
             * Peers total.
             * @member {number} total
             * @memberof overlay.v1.Peers
             * @instance
             */
            Peers.prototype.total = 0;

            /**
             * Peers programmed.
             * @member {number} programmed
             * @memberof overlay.v1.Peers
             * @instance
             */
            Peers.prototype.programmed = 0;

            /**
             * Peers rejected.
             * @member {number} rejected
             * @memberof overlay.v1.Peers
             * @instance
             */
            Peers.prototype.rejected = 0;

            /**
             * Peers otherBackend.
             * @member {number} otherBackend
             * @memberof overlay.v1.Peers
             * @instance
             */
            Peers.prototype.otherBackend = 0;

            /**
             * Encodes the specified Peers message. Does not implicitly {@link overlay.v1.Peers.verify|verify} messages.
             * @function encode
             * @memberof overlay.v1.Peers
             * @static
             * @param {overlay.v1.IPeers} message Peers message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Peers.encode = function encode(message, writer, q) {
                if (!writer)
                    writer = $Writer.create();
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                if (message.total != null && Object.hasOwnProperty.call(message, "total"))
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.total);
                if (message.programmed != null && Object.hasOwnProperty.call(message, "programmed"))
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.programmed);
                if (message.rejected != null && Object.hasOwnProperty.call(message, "rejected"))
                    writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.rejected);
                if (message.otherBackend != null && Object.hasOwnProperty.call(message, "otherBackend"))
                    writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.otherBackend);
                return writer;
            };

            /**
             * Decodes a Peers message from the specified reader or buffer.
             * @function decode
             * @memberof overlay.v1.Peers
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {overlay.v1.Peers} Peers
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Peers.decode = function decode(reader, length, error, long) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (long === undefined)
                    long = 0;
                if (long > $Reader.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var end, message;
                if (length === undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = new $root.overlay.v1.Peers();
                while (reader.pos < end) {
                    var tag = reader.uint32();
                    if (tag === error)
                        break;
                    switch (tag >>> 3) {
                    case 1: {
                            message.total = reader.uint32();
                            break;
                        }
                    case 2: {
                            message.programmed = reader.uint32();
                            break;
                        }
                    case 3: {
                            message.rejected = reader.uint32();
                            break;
                        }
                    case 4: {
                            message.otherBackend = reader.uint32();
                            break;
                        }
                    default:
                        reader.skipType(tag & 7, long);
                        break;
                    }
                }
                if (length !== undefined) {
                    if (reader.pos !== end)
                        throw RangeError("index out of range");
                    reader.len = length;
                }
                return message;
            };

            /**
             * Creates a Peers message from a plain object. Also converts values to their respective internal types.
             * @function fromObject
             * @memberof overlay.v1.Peers
             * @static
             * @param {Object.<string,*>} object Plain object
             * @returns {overlay.v1.Peers} Peers
             */
            Peers.fromObject = function fromObject(object, long) {
                if (object instanceof $root.overlay.v1.Peers)
                    return object;
                if (!$util.isObject(object))
                    throw TypeError(".overlay.v1.Peers: object expected");
                if (long === undefined)
                    long = 0;
                if (long > $util.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var message = new $root.overlay.v1.Peers();
                if (object.total != null)
                    message.total = object.total >>> 0;
                if (object.programmed != null)
                    message.programmed = object.programmed >>> 0;
                if (object.rejected != null)
                    message.rejected = object.rejected >>> 0;
                if (object.otherBackend != null)
                    message.otherBackend = object.otherBackend >>> 0;
                return message;
            };

            /**
             * Creates a plain object from a Peers message. Also converts values to other types if specified.
             * @function toObject
             * @memberof overlay.v1.Peers
             * @static
             * @param {overlay.v1.Peers} message Peers
             * @param {$protobuf.IConversionOptions} [options] Conversion options
             * @returns {Object.<string,*>} Plain object
             */
            Peers.toObject = function toObject(message, options, q) {
                if (!options)
                    options = {};
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                var object = {};
                if (options.defaults) {
                    object.total = 0;
                    object.programmed = 0;
                    object.rejected = 0;
                    object.otherBackend = 0;
                }
                if (message.total != null && Object.hasOwnProperty.call(message, "total"))
                    object.total = message.total;
                if (message.programmed != null && Object.hasOwnProperty.call(message, "programmed"))
                    object.programmed = message.programmed;
                if (message.rejected != null && Object.hasOwnProperty.call(message, "rejected"))
                    object.rejected = message.rejected;
                if (message.otherBackend != null && Object.hasOwnProperty.call(message, "otherBackend"))
                    object.otherBackend = message.otherBackend;
                return object;
            };

            /**
             * Converts this Peers to JSON.
             * @function toJSON
             * @memberof overlay.v1.Peers
             * @instance
             * @returns {Object.<string,*>} JSON object
             */
            Peers.prototype.toJSON = function toJSON() {
                return this.constructor.toObject(this, $protobuf.util.toJSONOptions);
            };

            return Peers;
        })();

        v1.Reconcile = (function() {

            /**
             * Properties of a Reconcile.
             * @memberof overlay.v1
             * @interface IReconcile
             * @property {number|null} [fullPasses] Reconcile fullPasses
             * @property {number|null} [incrementalPasses] Reconcile incrementalPasses
             * @property {number|null} [changes] Reconcile changes
             * @property {number|null} [repaired] Reconcile repaired
             * @property {number|null} [failing] Reconcile failing
             * @property {Array.<string>|null} [failures] Reconcile failures
             * @property {number|null} [lastFullSecondsAgo] Reconcile lastFullSecondsAgo
             */

            /**
             * Constructs a new Reconcile.
             * @memberof overlay.v1
             * @classdesc Represents a Reconcile.
             * @implements IReconcile
             * @constructor
             * @param {overlay.v1.IReconcile=} [properties] Properties to set
             */
            function Reconcile(properties) {
                this.failures = [];
                if (properties)
                    for (var keys = Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            }

            /**
             * Reconcile fullPasses.
             * @member {number} fullPasses
             * @memberof overlay.v1.Reconcile
             * @instance
             */
            Reconcile.prototype.fullPasses = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Reconcile incrementalPasses.
             * @member {number} incrementalPasses
             * @memberof overlay.v1.Reconcile
             * @instance
             */
            Reconcile.prototype.incrementalPasses = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Reconcile changes.
             * @member {number} changes
             * @memberof overlay.v1.Reconcile
             * @instance
             */
            Reconcile.prototype.changes = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Reconcile repaired.
             * @member {number} repaired
             * @memberof overlay.v1.Reconcile
             * @instance
             */
            Reconcile.prototype.repaired = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Reconcile failing.
             * @member {number} failing
             * @memberof overlay.v1.Reconcile
             * @instance
             */
            Reconcile.prototype.failing = 0;

            /**
             * Reconcile failures.
             * @member {Array.<string>} failures
             * @memberof overlay.v1.Reconcile
             * @instance
             */
            Reconcile.prototype.failures = $util.emptyArray;

            /**
             * Reconcile lastFullSecondsAgo.
             * @member {number} lastFullSecondsAgo
             * @memberof overlay.v1.Reconcile
             * @instance
             */
            Reconcile.prototype.lastFullSecondsAgo = 0;

            /**
             * Encodes the specified Reconcile message. Does not implicitly {@link overlay.v1.Reconcile.verify|verify} messages.
             * @function encode
             * @memberof overlay.v1.Reconcile
             * @static
             * @param {overlay.v1.IReconcile} message Reconcile message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Reconcile.encode = function encode(message, writer, q) {
                if (!writer)
                    writer = $Writer.create();
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                if (message.fullPasses != null && Object.hasOwnProperty.call(message, "fullPasses"))
                    writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.fullPasses);
                if (message.incrementalPasses != null && Object.hasOwnProperty.call(message, "incrementalPasses"))
                    writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.incrementalPasses);
                if (message.changes != null && Object.hasOwnProperty.call(message, "changes"))
                    writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.changes);
                if (message.repaired != null && Object.hasOwnProperty.call(message, "repaired"))
                    writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.repaired);
                if (message.failing != null && Object.hasOwnProperty.call(message, "failing"))
                    writer.uint32(/* id 5, wireType 0 =*/40).uint32(message.failing);
                if (message.failures != null && message.failures.length)
                    for (var i = 0; i < message.failures.length; ++i)
                        writer.uint32(/* id 6, wireType 2 =*/50).string(message.failures[i]);
                if (message.lastFullSecondsAgo != null && Object.hasOwnProperty.call(message, "lastFullSecondsAgo"))
                    writer.uint32(/* id 7, wireType 1 =*/57).double(message.lastFullSecondsAgo);
                return writer;
            };

            /**
             * Decodes a Reconcile message from the specified reader or buffer.
             * @function decode
             * @memberof overlay.v1.Reconcile
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {overlay.v1.Reconcile} Reconcile
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Reconcile.decode = function decode(reader, length, error, long) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (long === undefined)
                    long = 0;
                if (long > $Reader.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var end, message;
                if (length === undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = new $root.overlay.v1.Reconcile();
                while (reader.pos < end) {
                    var tag = reader.uint32();
                    if (tag === error)
                        break;
                    switch (tag >>> 3) {
                    case 1: {
                            message.fullPasses = reader.uint64();
                            break;
                        }
                    case 2: {
                            message.incrementalPasses = reader.uint64();
                            break;
                        }
                    case 3: {
                            message.changes = reader.uint64();
                            break;
                        }
                    case 4: {
                            message.repaired = reader.uint64();
                            break;
                        }
                    case 5: {
                            message.failing = reader.uint32();
                            break;
                        }
                    case 6: {
                            if (!(message.failures && message.failures.length))
                                message.failures = [];
                            message.failures.push(reader.string());
                            break;
                        }
                    case 7: {
                            message.lastFullSecondsAgo = reader.double();
                            break;
                        }
                    default:
                        reader.skipType(tag & 7, long);
                        break;
                    }
                }
                if (length !== undefined) {
                    if (reader.pos !== end)
                        throw RangeError("index out of range");
                    reader.len = length;
                }
                return message;
            };

            /**
             * Creates a Reconcile message from a plain object. Also converts values to their respective internal types.
             * @function fromObject
             * @memberof overlay.v1.Reconcile
             * @static
             * @param {Object.<string,*>} object Plain object
             * @returns {overlay.v1.Reconcile} Reconcile
             */
            Reconcile.fromObject = function fromObject(object, long) {
                if (object instanceof $root.overlay.v1.Reconcile)
                    return object;
                if (!$util.isObject(object))
                    throw TypeError(".overlay.v1.Reconcile: object expected");
                if (long === undefined)
                    long = 0;
                if (long > $util.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var message = new $root.overlay.v1.Reconcile();
                if (object.fullPasses != null)
                    if ($util.Long)
                        message.fullPasses = $util.Long.fromValue(object.fullPasses, true);
                    else if (typeof object.fullPasses === "string")
                        message.fullPasses = parseInt(object.fullPasses, 10);
                    else if (typeof object.fullPasses === "number")
                        message.fullPasses = object.fullPasses;
                    else if (typeof object.fullPasses === "object")
                        message.fullPasses = new $util.LongBits(object.fullPasses.low >>> 0, object.fullPasses.high >>> 0).toNumber(true);
                if (object.incrementalPasses != null)
                    if ($util.Long)
                        message.incrementalPasses = $util.Long.fromValue(object.incrementalPasses, true);
                    else if (typeof object.incrementalPasses === "string")
                        message.incrementalPasses = parseInt(object.incrementalPasses, 10);
                    else if (typeof object.incrementalPasses === "number")
                        message.incrementalPasses = object.incrementalPasses;
                    else if (typeof object.incrementalPasses === "object")
                        message.incrementalPasses = new $util.LongBits(object.incrementalPasses.low >>> 0, object.incrementalPasses.high >>> 0).toNumber(true);
                if (object.changes != null)
                    if ($util.Long)
                        message.changes = $util.Long.fromValue(object.changes, true);
                    else if (typeof object.changes === "string")
                        message.changes = parseInt(object.changes, 10);
                    else if (typeof object.changes === "number")
                        message.changes = object.changes;
                    else if (typeof object.changes === "object")
                        message.changes = new $util.LongBits(object.changes.low >>> 0, object.changes.high >>> 0).toNumber(true);
                if (object.repaired != null)
                    if ($util.Long)
                        message.repaired = $util.Long.fromValue(object.repaired, true);
                    else if (typeof object.repaired === "string")
                        message.repaired = parseInt(object.repaired, 10);
                    else if (typeof object.repaired === "number")
                        message.repaired = object.repaired;
                    else if (typeof object.repaired === "object")
                        message.repaired = new $util.LongBits(object.repaired.low >>> 0, object.repaired.high >>> 0).toNumber(true);
                if (object.failing != null)
                    message.failing = object.failing >>> 0;
                if (object.failures) {
                    if (!Array.isArray(object.failures))
                        throw TypeError(".overlay.v1.Reconcile.failures: array expected");
                    message.failures = [];
                    for (var i = 0; i < object.failures.length; ++i)
                        message.failures[i] = String(object.failures[i]);
                }
                if (object.lastFullSecondsAgo != null)
                    message.lastFullSecondsAgo = Number(object.lastFullSecondsAgo);
                return message;
            };

            /**
             * Creates a plain object from a Reconcile message. Also converts values to other types if specified.
             * @function toObject
             * @memberof overlay.v1.Reconcile
             * @static
             * @param {overlay.v1.Reconcile} message Reconcile
             * @param {$protobuf.IConversionOptions} [options] Conversion options
             * @returns {Object.<string,*>} Plain object
             */
            Reconcile.toObject = function toObject(message, options, q) {
                if (!options)
                    options = {};
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                var object = {};
                if (options.arrays || options.defaults)
                    object.failures = [];
                if (options.defaults) {
                    if ($util.Long) {
                        var long = new $util.Long(0, 0, true);
                        object.fullPasses = options.longs === String ? long.toString() : options.longs === Number ? long.toNumber() : typeof BigInt !== "undefined" && options.longs === BigInt ? long.toBigInt() : long;
                    } else
                        object.fullPasses = options.longs === String ? "0" : typeof BigInt !== "undefined" && options.longs === BigInt ? BigInt("0") : 0;
                    if ($util.Long) {
                        var long = new $util.Long(0, 0, true);
                        object.incrementalPasses = options.longs === String ? long.toString() : options.longs === Number ? long.toNumber() : typeof BigInt !== "undefined" && options.longs === BigInt ? long.toBigInt() : long;
                    } else
                        object.incrementalPasses = options.longs === String ? "0" : typeof BigInt !== "undefined" && options.longs === BigInt ? BigInt("0") : 0;
                    if ($util.Long) {
                        var long = new $util.Long(0, 0, true);
                        object.changes = options.longs === String ? long.toString() : options.longs === Number ? long.toNumber() : typeof BigInt !== "undefined" && options.longs === BigInt ? long.toBigInt() : long;
                    } else
                        object.changes = options.longs === String ? "0" : typeof BigInt !== "undefined" && options.longs === BigInt ? BigInt("0") : 0;
                    if ($util.Long) {
                        var long = new $util.Long(0, 0, true);
                        object.repaired = options.longs === String ? long.toString() : options.longs === Number ? long.toNumber() : typeof BigInt !== "undefined" && options.longs === BigInt ? long.toBigInt() : long;
                    } else
                        object.repaired = options.longs === String ? "0" : typeof BigInt !== "undefined" && options.longs === BigInt ? BigInt("0") : 0;
                    object.failing = 0;
                    object.lastFullSecondsAgo = 0;
                }
                if (message.fullPasses != null && Object.hasOwnProperty.call(message, "fullPasses"))
                    if (typeof BigInt !== "undefined" && options.longs === BigInt)
                        object.fullPasses = typeof message.fullPasses === "number" ? BigInt(message.fullPasses) : $util.Long.fromBits(message.fullPasses.low >>> 0, message.fullPasses.high >>> 0, true).toBigInt();
                    else if (typeof message.fullPasses === "number")
                        object.fullPasses = options.longs === String ? String(message.fullPasses) : message.fullPasses;
                    else
                        object.fullPasses = options.longs === String ? $util.Long.prototype.toString.call(message.fullPasses) : options.longs === Number ? new $util.LongBits(message.fullPasses.low >>> 0, message.fullPasses.high >>> 0).toNumber(true) : message.fullPasses;
                if (message.incrementalPasses != null && Object.hasOwnProperty.call(message, "incrementalPasses"))
                    if (typeof BigInt !== "undefined" && options.longs === BigInt)
                        object.incrementalPasses = typeof message.incrementalPasses === "number" ? BigInt(message.incrementalPasses) : $util.Long.fromBits(message.incrementalPasses.low >>> 0, message.incrementalPasses.high >>> 0, true).toBigInt();
                    else if (typeof message.incrementalPasses === "number")
                        object.incrementalPasses = options.longs === String ? String(message.incrementalPasses) : message.incrementalPasses;
                    else
                        object.incrementalPasses = options.longs === String ? $util.Long.prototype.toString.call(message.incrementalPasses) : options.longs === Number ? new $util.LongBits(message.incrementalPasses.low >>> 0, message.incrementalPasses.high >>> 0).toNumber(true) : message.incrementalPasses;
                if (message.changes != null && Object.hasOwnProperty.call(message, "changes"))
                    if (typeof BigInt !== "undefined" && options.longs === BigInt)
                        object.changes = typeof message.changes === "number" ? BigInt(message.changes) : $util.Long.fromBits(message.changes.low >>> 0, message.changes.high >>> 0, true).toBigInt();
                    else if (typeof message.changes === "number")
                        object.changes = options.longs === String ? String(message.changes) : message.changes;
                    else
                        object.changes = options.longs === String ? $util.Long.prototype.toString.call(message.changes) : options.longs === Number ? new $util.LongBits(message.changes.low >>> 0, message.changes.high >>> 0).toNumber(true) : message.changes;
                if (message.repaired != null && Object.hasOwnProperty.call(message, "repaired"))
                    if (typeof BigInt !== "undefined" && options.longs === BigInt)
                        object.repaired = typeof message.repaired === "number" ? BigInt(message.repaired) : $util.Long.fromBits(message.repaired.low >>> 0, message.repaired.high >>> 0, true).toBigInt();
                    else if (typeof message.repaired === "number")
                        object.repaired = options.longs === String ? String(message.repaired) : message.repaired;
                    else
                        object.repaired = options.longs === String ? $util.Long.prototype.toString.call(message.repaired) : options.longs === Number ? new $util.LongBits(message.repaired.low >>> 0, message.repaired.high >>> 0).toNumber(true) : message.repaired;
                if (message.failing != null && Object.hasOwnProperty.call(message, "failing"))
                    object.failing = message.failing;
                if (message.failures && message.failures.length) {
                    object.failures = [];
                    for (var j = 0; j < message.failures.length; ++j)
                        object.failures[j] = message.failures[j];
                }
                if (message.lastFullSecondsAgo != null && Object.hasOwnProperty.call(message, "lastFullSecondsAgo"))
                    object.lastFullSecondsAgo = options.json && !isFinite(message.lastFullSecondsAgo) ? String(message.lastFullSecondsAgo) : message.lastFullSecondsAgo;
                return object;
            };

            /**
             * Converts this Reconcile to JSON.
             * @function toJSON
             * @memberof overlay.v1.Reconcile
             * @instance
             * @returns {Object.<string,*>} JSON object
             */
            Reconcile.prototype.toJSON = function toJSON() {
                return this.constructor.toObject(this, $protobuf.util.toJSONOptions);
            };

            return Reconcile;
        })();

        v1.Firewall = (function() {

            /**
             * Properties of a Firewall.
             * @memberof overlay.v1
             * @interface IFirewall
             * @property {string|null} [backend] Firewall backend
             * @property {string|null} [dockerRules] Firewall dockerRules
             * @property {number|null} [written] Firewall written
             * @property {Array.<string>|null} [obstacles] Firewall obstacles
             */

            /**
             * Constructs a new Firewall.
             * @memberof overlay.v1
             * @classdesc Represents a Firewall.
             * @implements IFirewall
             * @constructor
             * @param {overlay.v1.IFirewall=} [properties] Properties to set
             */
            function Firewall(properties) {
                this.obstacles = [];
                if (properties)
                    for (var keys = Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            }

            /**
             * Firewall backend.
             * @member {string} backend
             * @memberof overlay.v1.Firewall
             * @instance
             */
            Firewall.prototype.backend = "";

            /**
             * Firewall dockerRules.
             * @member {string} dockerRules
             * @memberof overlay.v1.Firewall
             * @instance
             */
            Firewall.prototype.dockerRules = "";

            /**
             * Firewall written.
             * @member {number} written
             * @memberof overlay.v1.Firewall
             * @instance
             */
            Firewall.prototype.written = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Firewall obstacles.
             * @member {Array.<string>} obstacles
             * @memberof overlay.v1.Firewall
             * @instance
             */
            Firewall.prototype.obstacles = $util.emptyArray;

            /**
             * Encodes the specified Firewall message. Does not implicitly {@link overlay.v1.Firewall.verify|verify} messages.
             * @function encode
             * @memberof overlay.v1.Firewall
             * @static
             * @param {overlay.v1.IFirewall} message Firewall message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Firewall.encode = function encode(message, writer, q) {
                if (!writer)
                    writer = $Writer.create();
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                if (message.backend != null && Object.hasOwnProperty.call(message, "backend"))
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.backend);
                if (message.dockerRules != null && Object.hasOwnProperty.call(message, "dockerRules"))
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.dockerRules);
                if (message.written != null && Object.hasOwnProperty.call(message, "written"))
                    writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.written);
                if (message.obstacles != null && message.obstacles.length)
                    for (var i = 0; i < message.obstacles.length; ++i)
                        writer.uint32(/* id 4, wireType 2 =*/34).string(message.obstacles[i]);
                return writer;
            };

            /**
             * Decodes a Firewall message from the specified reader or buffer.
             * @function decode
             * @memberof overlay.v1.Firewall
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {overlay.v1.Firewall} Firewall
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Firewall.decode = function decode(reader, length, error, long) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (long === undefined)
                    long = 0;
                if (long > $Reader.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var end, message;
                if (length === undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = new $root.overlay.v1.Firewall();
                while (reader.pos < end) {
                    var tag = reader.uint32();
                    if (tag === error)
                        break;
                    switch (tag >>> 3) {
                    case 1: {
                            message.backend = reader.string();
                            break;
                        }
                    case 2: {
                            message.dockerRules = reader.string();
                            break;
                        }
                    case 3: {
                            message.written = reader.uint64();
                            break;
                        }
                    case 4: {
                            if (!(message.obstacles && message.obstacles.length))
                                message.obstacles = [];
                            message.obstacles.push(reader.string());
                            break;
                        }
                    default:
                        reader.skipType(tag & 7, long);
                        break;
                    }
                }
                if (length !== undefined) {
                    if (reader.pos !== end)
                        throw RangeError("index out of range");
                    reader.len = length;
                }
                return message;
            };

            /**
             * Creates a Firewall message from a plain object. Also converts values to their respective internal types.
             * @function fromObject
             * @memberof overlay.v1.Firewall
             * @static
             * @param {Object.<string,*>} object Plain object
             * @returns {overlay.v1.Firewall} Firewall
             */
            Firewall.fromObject = function fromObject(object, long) {
                if (object instanceof $root.overlay.v1.Firewall)
                    return object;
                if (!$util.isObject(object))
                    throw TypeError(".overlay.v1.Firewall: object expected");
                if (long === undefined)
                    long = 0;
                if (long > $util.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var message = new $root.overlay.v1.Firewall();
                if (object.backend != null)
                    message.backend = String(object.backend);
                if (object.dockerRules != null)
                    message.dockerRules = String(object.dockerRules);
                if (object.written != null)
                    if ($util.Long)
                        message.written = $util.Long.fromValue(object.written, true);
                    else if (typeof object.written === "string")
                        message.written = parseInt(object.written, 10);
                    else if (typeof object.written === "number")
                        message.written = object.written;
                    else if (typeof object.written === "object")
                        message.written = new $util.LongBits(object.written.low >>> 0, object.written.high >>> 0).toNumber(true);
                if (object.obstacles) {
                    if (!Array.isArray(object.obstacles))
                        throw TypeError(".overlay.v1.Firewall.obstacles: array expected");
                    message.obstacles = [];
                    for (var i = 0; i < object.obstacles.length; ++i)
                        message.obstacles[i] = String(object.obstacles[i]);
                }
                return message;
            };

            /**
             * Creates a plain object from a Firewall message. Also converts values to other types if specified.
             * @function toObject
             * @memberof overlay.v1.Firewall
             * @static
             * @param {overlay.v1.Firewall} message Firewall
             * @param {$protobuf.IConversionOptions} [options] Conversion options
             * @returns {Object.<string,*>} Plain object
             */
            Firewall.toObject = function toObject(message, options, q) {
                if (!options)
                    options = {};
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                var object = {};
                if (options.arrays || options.defaults)
                    object.obstacles = [];
                if (options.defaults) {
                    object.backend = "";
                    object.dockerRules = "";
                    if ($util.Long) {
                        var long = new $util.Long(0, 0, true);
                        object.written = options.longs === String ? long.toString() : options.longs === Number ? long.toNumber() : typeof BigInt !== "undefined" && options.longs === BigInt ? long.toBigInt() : long;
                    } else
                        object.written = options.longs === String ? "0" : typeof BigInt !== "undefined" && options.longs === BigInt ? BigInt("0") : 0;
                }
                if (message.backend != null && Object.hasOwnProperty.call(message, "backend"))
                    object.backend = message.backend;
                if (message.dockerRules != null && Object.hasOwnProperty.call(message, "dockerRules"))
                    object.dockerRules = message.dockerRules;
                if (message.written != null && Object.hasOwnProperty.call(message, "written"))
                    if (typeof BigInt !== "undefined" && options.longs === BigInt)
                        object.written = typeof message.written === "number" ? BigInt(message.written) : $util.Long.fromBits(message.written.low >>> 0, message.written.high >>> 0, true).toBigInt();
                    else if (typeof message.written === "number")
                        object.written = options.longs === String ? String(message.written) : message.written;
                    else
                        object.written = options.longs === String ? $util.Long.prototype.toString.call(message.written) : options.longs === Number ? new $util.LongBits(message.written.low >>> 0, message.written.high >>> 0).toNumber(true) : message.written;
                if (message.obstacles && message.obstacles.length) {
                    object.obstacles = [];
                    for (var j = 0; j < message.obstacles.length; ++j)
                        object.obstacles[j] = message.obstacles[j];
                }
                return object;
            };

            /**
             * Converts this Firewall to JSON.
             * @function toJSON
             * @memberof overlay.v1.Firewall
             * @instance
             * @returns {Object.<string,*>} JSON object
             */
            Firewall.prototype.toJSON = function toJSON() {
                return this.constructor.toObject(this, $protobuf.util.toJSONOptions);
            };

            return Firewall;
        })();

        v1.Docker = (function() {

            /**
             * Properties of a Docker.
             * @memberof overlay.v1
             * @interface IDocker
             * @property {string|null} [mode] Docker mode
             * @property {boolean|null} [reachable] Docker reachable
             * @property {string|null} [version] Docker version
             * @property {string|null} [state] Docker state
             * @property {string|null} [bridge] Docker bridge
             * @property {string|null} [subnet] Docker subnet
             * @property {Array.<overlay.v1.IProblem>|null} [problems] Docker problems
             */

            /**
             * Constructs a new Docker.
             * @memberof overlay.v1
             * @classdesc Represents a Docker.
             * @implements IDocker
             * @constructor
             * @param {overlay.v1.IDocker=} [properties] Properties to set
             */
            function Docker(properties) {
                this.problems = [];
                if (properties)
                    for (var keys = Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            }

            /**
             * Docker mode.
             * @member {string} mode
             * @memberof overlay.v1.Docker
             * @instance
             */
            Docker.prototype.mode = "";

            /**
             * Docker reachable.
             * @member {boolean} reachable
             * @memberof overlay.v1.Docker
             * @instance
             */
            Docker.prototype.reachable = false;

            /**
             * Docker version.
             * @member {string} version
             * @memberof overlay.v1.Docker
             * @instance
             */
            Docker.prototype.version = "";

            /**
             * Docker state.
             * @member {string} state
             * @memberof overlay.v1.Docker
             * @instance
             */
            Docker.prototype.state = "";

            /**
             * Docker bridge.
             * @member {string} bridge
             * @memberof overlay.v1.Docker
             * @instance
             */
            Docker.prototype.bridge = "";

            /**
             * Docker subnet.
             * @member {string} subnet
             * @memberof overlay.v1.Docker
             * @instance
             */
            Docker.prototype.subnet = "";

            /**
             * Docker problems.
             * @member {Array.<overlay.v1.IProblem>} problems
             * @memberof overlay.v1.Docker
             * @instance
             */
            Docker.prototype.problems = $util.emptyArray;

            /**
             * Encodes the specified Docker message. Does not implicitly {@link overlay.v1.Docker.verify|verify} messages.
             * @function encode
             * @memberof overlay.v1.Docker
             * @static
             * @param {overlay.v1.IDocker} message Docker message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Docker.encode = function encode(message, writer, q) {
                if (!writer)
                    writer = $Writer.create();
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                if (message.mode != null && Object.hasOwnProperty.call(message, "mode"))
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.mode);
                if (message.reachable != null && Object.hasOwnProperty.call(message, "reachable"))
                    writer.uint32(/* id 2, wireType 0 =*/16).bool(message.reachable);
                if (message.version != null && Object.hasOwnProperty.call(message, "version"))
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.version);
                if (message.state != null && Object.hasOwnProperty.call(message, "state"))
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.state);
                if (message.bridge != null && Object.hasOwnProperty.call(message, "bridge"))
                    writer.uint32(/* id 5, wireType 2 =*/42).string(message.bridge);
                if (message.subnet != null && Object.hasOwnProperty.call(message, "subnet"))
                    writer.uint32(/* id 6, wireType 2 =*/50).string(message.subnet);
                if (message.problems != null && message.problems.length)
                    for (var i = 0; i < message.problems.length; ++i)
                        $root.overlay.v1.Problem.encode(message.problems[i], writer.uint32(/* id 7, wireType 2 =*/58).fork(), q + 1).ldelim();
                return writer;
            };

            /**
             * Decodes a Docker message from the specified reader or buffer.
             * @function decode
             * @memberof overlay.v1.Docker
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {overlay.v1.Docker} Docker
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Docker.decode = function decode(reader, length, error, long) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (long === undefined)
                    long = 0;
                if (long > $Reader.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var end, message;
                if (length === undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = new $root.overlay.v1.Docker();
                while (reader.pos < end) {
                    var tag = reader.uint32();
                    if (tag === error)
                        break;
                    switch (tag >>> 3) {
                    case 1: {
                            message.mode = reader.string();
                            break;
                        }
                    case 2: {
                            message.reachable = reader.bool();
                            break;
                        }
                    case 3: {
                            message.version = reader.string();
                            break;
                        }
                    case 4: {
                            message.state = reader.string();
                            break;
                        }
                    case 5: {
                            message.bridge = reader.string();
                            break;
                        }
                    case 6: {
                            message.subnet = reader.string();
                            break;
                        }
                    case 7: {
                            if (!(message.problems && message.problems.length))
                                message.problems = [];
                            message.problems.push($root.overlay.v1.Problem.decode(reader, reader.uint32(), undefined, long + 1));
                            break;
                        }
                    default:
                        reader.skipType(tag & 7, long);
                        break;
                    }
                }
                if (length !== undefined) {
                    if (reader.pos !== end)
                        throw RangeError("index out of range");
                    reader.len = length;
                }
                return message;
            };

            /**
             * Creates a Docker message from a plain object. Also converts values to their respective internal types.
             * @function fromObject
             * @memberof overlay.v1.Docker
             * @static
             * @param {Object.<string,*>} object Plain object
             * @returns {overlay.v1.Docker} Docker
             */
            Docker.fromObject = function fromObject(object, long) {
                if (object instanceof $root.overlay.v1.Docker)
                    return object;
                if (!$util.isObject(object))
                    throw TypeError(".overlay.v1.Docker: object expected");
                if (long === undefined)
                    long = 0;
                if (long > $util.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var message = new $root.overlay.v1.Docker();
                if (object.mode != null)
                    message.mode = String(object.mode);
                if (object.reachable != null)
                    message.reachable = Boolean(object.reachable);
                if (object.version != null)
                    message.version = String(object.version);
                if (object.state != null)
                    message.state = String(object.state);
                if (object.bridge != null)
                    message.bridge = String(object.bridge);
                if (object.subnet != null)
                    message.subnet = String(object.subnet);
                if (object.problems) {
                    if (!Array.isArray(object.problems))
                        throw TypeError(".overlay.v1.Docker.problems: array expected");
                    message.problems = [];
                    for (var i = 0; i < object.problems.length; ++i) {
                        if (!$util.isObject(object.problems[i]))
                            throw TypeError(".overlay.v1.Docker.problems: object expected");
                        message.problems[i] = $root.overlay.v1.Problem.fromObject(object.problems[i], long + 1);
                    }
                }
                return message;
            };

            /**
             * Creates a plain object from a Docker message. Also converts values to other types if specified.
             * @function toObject
             * @memberof overlay.v1.Docker
             * @static
             * @param {overlay.v1.Docker} message Docker
             * @param {$protobuf.IConversionOptions} [options] Conversion options
             * @returns {Object.<string,*>} Plain object
             */
            Docker.toObject = function toObject(message, options, q) {
                if (!options)
                    options = {};
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                var object = {};
                if (options.arrays || options.defaults)
                    object.problems = [];
                if (options.defaults) {
                    object.mode = "";
                    object.reachable = false;
                    object.version = "";
                    object.state = "";
                    object.bridge = "";
                    object.subnet = "";
                }
                if (message.mode != null && Object.hasOwnProperty.call(message, "mode"))
                    object.mode = message.mode;
                if (message.reachable != null && Object.hasOwnProperty.call(message, "reachable"))
                    object.reachable = message.reachable;
                if (message.version != null && Object.hasOwnProperty.call(message, "version"))
                    object.version = message.version;
                if (message.state != null && Object.hasOwnProperty.call(message, "state"))
                    object.state = message.state;
                if (message.bridge != null && Object.hasOwnProperty.call(message, "bridge"))
                    object.bridge = message.bridge;
                if (message.subnet != null && Object.hasOwnProperty.call(message, "subnet"))
                    object.subnet = message.subnet;
                if (message.problems && message.problems.length) {
                    object.problems = [];
                    for (var j = 0; j < message.problems.length; ++j)
                        object.problems[j] = $root.overlay.v1.Problem.toObject(message.problems[j], options, q + 1);
                }
                return object;
            };

            /**
             * Converts this Docker to JSON.
             * @function toJSON
             * @memberof overlay.v1.Docker
             * @instance
             * @returns {Object.<string,*>} JSON object
             */
            Docker.prototype.toJSON = function toJSON() {
                return this.constructor.toObject(this, $protobuf.util.toJSONOptions);
            };

            return Docker;
        })();

        v1.LeaseRow = (function() {

            /**
             * Properties of a LeaseRow.
             * @memberof overlay.v1
             * @interface ILeaseRow
             * @property {string|null} [subnet] LeaseRow subnet
             * @property {string|null} [ipv6Subnet] LeaseRow ipv6Subnet
             * @property {string|null} [node] LeaseRow node
             * @property {string|null} [nodeId] LeaseRow nodeId
             * @property {string|null} [publicIp] LeaseRow publicIp
             * @property {string|null} [publicIpv6] LeaseRow publicIpv6
             * @property {string|null} [backend] LeaseRow backend
             * @property {boolean|null} [own] LeaseRow own
             * @property {boolean|null} [reservation] LeaseRow reservation
             * @property {string|null} [state] LeaseRow state
             * @property {string|null} [reason] LeaseRow reason
             * @property {string|null} [modRevision] LeaseRow modRevision
             * @property {string|null} [createRevision] LeaseRow createRevision
             * @property {string|null} [backendData] LeaseRow backendData
             * @property {string|null} [version] LeaseRow version
             * @property {string|null} [etcdLease] LeaseRow etcdLease
             * @property {string|null} [name] LeaseRow name
             * @property {string|null} [way] LeaseRow way
             * @property {Array.<string>|null} [backends] LeaseRow backends
             * @property {boolean|null} [mustRenumber] LeaseRow mustRenumber
             */

            /**
             * Constructs a new LeaseRow.
             * @memberof overlay.v1
             * @classdesc Represents a LeaseRow.
             * @implements ILeaseRow
             * @constructor
             * @param {overlay.v1.ILeaseRow=} [properties] Properties to set
             */
            function LeaseRow(properties) {
                this.backends = [];
                if (properties)
                    for (var keys = Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            }

            /**
             * LeaseRow subnet.
             * @member {string} subnet
             * @memberof overlay.v1.LeaseRow
             * @instance
             */
            LeaseRow.prototype.subnet = "";

            /**
             * LeaseRow ipv6Subnet.
             * @member {string} ipv6Subnet
             * @memberof overlay.v1.LeaseRow
             * @instance
             */
            LeaseRow.prototype.ipv6Subnet = "";

            /**
             * LeaseRow node.
             * @member {string} node
             * @memberof overlay.v1.LeaseRow
             * @instance
             */
            LeaseRow.prototype.node = "";

            /**
             * LeaseRow nodeId.
             * @member {string} nodeId
             * @memberof overlay.v1.LeaseRow
             * @instance
             */
            LeaseRow.prototype.nodeId = "";

            /**
             * LeaseRow publicIp.
             * @member {string} publicIp
             * @memberof overlay.v1.LeaseRow
             * @instance
             */
            LeaseRow.prototype.publicIp = "";

            /**
             * LeaseRow publicIpv6.
             * @member {string} publicIpv6
             * @memberof overlay.v1.LeaseRow
             * @instance
             */
            LeaseRow.prototype.publicIpv6 = "";

            /**
             * LeaseRow backend.
             * @member {string} backend
             * @memberof overlay.v1.LeaseRow
             * @instance
             */
            LeaseRow.prototype.backend = "";

            /**
             * LeaseRow own.
             * @member {boolean} own
             * @memberof overlay.v1.LeaseRow
             * @instance
             */
            LeaseRow.prototype.own = false;

            /**
             * LeaseRow reservation.
             * @member {boolean} reservation
             * @memberof overlay.v1.LeaseRow
             * @instance
             */
            LeaseRow.prototype.reservation = false;

            /**
             * LeaseRow state.
             * @member {string} state
             * @memberof overlay.v1.LeaseRow
             * @instance
             */
            LeaseRow.prototype.state = "";

            /**
             * LeaseRow reason.
             * @member {string} reason
             * @memberof overlay.v1.LeaseRow
             * @instance
             */
            LeaseRow.prototype.reason = "";

            /**
             * LeaseRow modRevision.
             * @member {string} modRevision
             * @memberof overlay.v1.LeaseRow
             * @instance
             */
            LeaseRow.prototype.modRevision = "";

            /**
             * LeaseRow createRevision.
             * @member {string} createRevision
             * @memberof overlay.v1.LeaseRow
             * @instance
             */
            LeaseRow.prototype.createRevision = "";

            /**
             * LeaseRow backendData.
             * @member {string} backendData
             * @memberof overlay.v1.LeaseRow
             * @instance
             */
            LeaseRow.prototype.backendData = "";

            /**
             * LeaseRow version.
             * @member {string} version
             * @memberof overlay.v1.LeaseRow
             * @instance
             */
            LeaseRow.prototype.version = "";

            /**
             * LeaseRow etcdLease.
             * @member {string} etcdLease
             * @memberof overlay.v1.LeaseRow
             * @instance
             */
            LeaseRow.prototype.etcdLease = "";

            /**
             * LeaseRow name.
             * @member {string} name
             * @memberof overlay.v1.LeaseRow
             * @instance
             */
            LeaseRow.prototype.name = "";

            /**
             * LeaseRow way.
             * @member {string} way
             * @memberof overlay.v1.LeaseRow
             * @instance
             */
            LeaseRow.prototype.way = "";

            /**
             * LeaseRow backends.
             * @member {Array.<string>} backends
             * @memberof overlay.v1.LeaseRow
             * @instance
             */
            LeaseRow.prototype.backends = $util.emptyArray;

            /**
             * LeaseRow mustRenumber.
             * @member {boolean} mustRenumber
             * @memberof overlay.v1.LeaseRow
             * @instance
             */
            LeaseRow.prototype.mustRenumber = false;

            /**
             * Encodes the specified LeaseRow message. Does not implicitly {@link overlay.v1.LeaseRow.verify|verify} messages.
             * @function encode
             * @memberof overlay.v1.LeaseRow
             * @static
             * @param {overlay.v1.ILeaseRow} message LeaseRow message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            LeaseRow.encode = function encode(message, writer, q) {
                if (!writer)
                    writer = $Writer.create();
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                if (message.subnet != null && Object.hasOwnProperty.call(message, "subnet"))
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.subnet);
                if (message.ipv6Subnet != null && Object.hasOwnProperty.call(message, "ipv6Subnet"))
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.ipv6Subnet);
                if (message.node != null && Object.hasOwnProperty.call(message, "node"))
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.node);
                if (message.nodeId != null && Object.hasOwnProperty.call(message, "nodeId"))
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.nodeId);
                if (message.publicIp != null && Object.hasOwnProperty.call(message, "publicIp"))
                    writer.uint32(/* id 5, wireType 2 =*/42).string(message.publicIp);
                if (message.publicIpv6 != null && Object.hasOwnProperty.call(message, "publicIpv6"))
                    writer.uint32(/* id 6, wireType 2 =*/50).string(message.publicIpv6);
                if (message.backend != null && Object.hasOwnProperty.call(message, "backend"))
                    writer.uint32(/* id 7, wireType 2 =*/58).string(message.backend);
                if (message.own != null && Object.hasOwnProperty.call(message, "own"))
                    writer.uint32(/* id 8, wireType 0 =*/64).bool(message.own);
                if (message.reservation != null && Object.hasOwnProperty.call(message, "reservation"))
                    writer.uint32(/* id 9, wireType 0 =*/72).bool(message.reservation);
                if (message.state != null && Object.hasOwnProperty.call(message, "state"))
                    writer.uint32(/* id 10, wireType 2 =*/82).string(message.state);
                if (message.reason != null && Object.hasOwnProperty.call(message, "reason"))
                    writer.uint32(/* id 11, wireType 2 =*/90).string(message.reason);
                if (message.modRevision != null && Object.hasOwnProperty.call(message, "modRevision"))
                    writer.uint32(/* id 12, wireType 2 =*/98).string(message.modRevision);
                if (message.createRevision != null && Object.hasOwnProperty.call(message, "createRevision"))
                    writer.uint32(/* id 13, wireType 2 =*/106).string(message.createRevision);
                if (message.backendData != null && Object.hasOwnProperty.call(message, "backendData"))
                    writer.uint32(/* id 14, wireType 2 =*/114).string(message.backendData);
                if (message.version != null && Object.hasOwnProperty.call(message, "version"))
                    writer.uint32(/* id 15, wireType 2 =*/122).string(message.version);
                if (message.etcdLease != null && Object.hasOwnProperty.call(message, "etcdLease"))
                    writer.uint32(/* id 16, wireType 2 =*/130).string(message.etcdLease);
                if (message.name != null && Object.hasOwnProperty.call(message, "name"))
                    writer.uint32(/* id 17, wireType 2 =*/138).string(message.name);
                if (message.way != null && Object.hasOwnProperty.call(message, "way"))
                    writer.uint32(/* id 18, wireType 2 =*/146).string(message.way);
                if (message.backends != null && message.backends.length)
                    for (var i = 0; i < message.backends.length; ++i)
                        writer.uint32(/* id 19, wireType 2 =*/154).string(message.backends[i]);
                if (message.mustRenumber != null && Object.hasOwnProperty.call(message, "mustRenumber"))
                    writer.uint32(/* id 20, wireType 0 =*/160).bool(message.mustRenumber);
                return writer;
            };

            /**
             * Decodes a LeaseRow message from the specified reader or buffer.
             * @function decode
             * @memberof overlay.v1.LeaseRow
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {overlay.v1.LeaseRow} LeaseRow
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            LeaseRow.decode = function decode(reader, length, error, long) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (long === undefined)
                    long = 0;
                if (long > $Reader.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var end, message;
                if (length === undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = new $root.overlay.v1.LeaseRow();
                while (reader.pos < end) {
                    var tag = reader.uint32();
                    if (tag === error)
                        break;
                    switch (tag >>> 3) {
                    case 1: {
                            message.subnet = reader.string();
                            break;
                        }
                    case 2: {
                            message.ipv6Subnet = reader.string();
                            break;
                        }
                    case 3: {
                            message.node = reader.string();
                            break;
                        }
                    case 4: {
                            message.nodeId = reader.string();
                            break;
                        }
                    case 5: {
                            message.publicIp = reader.string();
                            break;
                        }
                    case 6: {
                            message.publicIpv6 = reader.string();
                            break;
                        }
                    case 7: {
                            message.backend = reader.string();
                            break;
                        }
                    case 8: {
                            message.own = reader.bool();
                            break;
                        }
                    case 9: {
                            message.reservation = reader.bool();
                            break;
                        }
                    case 10: {
                            message.state = reader.string();
                            break;
                        }
                    case 11: {
                            message.reason = reader.string();
                            break;
                        }
                    case 12: {
                            message.modRevision = reader.string();
                            break;
                        }
                    case 13: {
                            message.createRevision = reader.string();
                            break;
                        }
                    case 14: {
                            message.backendData = reader.string();
                            break;
                        }
                    case 15: {
                            message.version = reader.string();
                            break;
                        }
                    case 16: {
                            message.etcdLease = reader.string();
                            break;
                        }
                    case 17: {
                            message.name = reader.string();
                            break;
                        }
                    case 18: {
                            message.way = reader.string();
                            break;
                        }
                    case 19: {
                            if (!(message.backends && message.backends.length))
                                message.backends = [];
                            message.backends.push(reader.string());
                            break;
                        }
                    case 20: {
                            message.mustRenumber = reader.bool();
                            break;
                        }
                    default:
                        reader.skipType(tag & 7, long);
                        break;
                    }
                }
                if (length !== undefined) {
                    if (reader.pos !== end)
                        throw RangeError("index out of range");
                    reader.len = length;
                }
                return message;
            };

            /**
             * Creates a LeaseRow message from a plain object. Also converts values to their respective internal types.
             * @function fromObject
             * @memberof overlay.v1.LeaseRow
             * @static
             * @param {Object.<string,*>} object Plain object
             * @returns {overlay.v1.LeaseRow} LeaseRow
             */
            LeaseRow.fromObject = function fromObject(object, long) {
                if (object instanceof $root.overlay.v1.LeaseRow)
                    return object;
                if (!$util.isObject(object))
                    throw TypeError(".overlay.v1.LeaseRow: object expected");
                if (long === undefined)
                    long = 0;
                if (long > $util.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var message = new $root.overlay.v1.LeaseRow();
                if (object.subnet != null)
                    message.subnet = String(object.subnet);
                if (object.ipv6Subnet != null)
                    message.ipv6Subnet = String(object.ipv6Subnet);
                if (object.node != null)
                    message.node = String(object.node);
                if (object.nodeId != null)
                    message.nodeId = String(object.nodeId);
                if (object.publicIp != null)
                    message.publicIp = String(object.publicIp);
                if (object.publicIpv6 != null)
                    message.publicIpv6 = String(object.publicIpv6);
                if (object.backend != null)
                    message.backend = String(object.backend);
                if (object.own != null)
                    message.own = Boolean(object.own);
                if (object.reservation != null)
                    message.reservation = Boolean(object.reservation);
                if (object.state != null)
                    message.state = String(object.state);
                if (object.reason != null)
                    message.reason = String(object.reason);
                if (object.modRevision != null)
                    message.modRevision = String(object.modRevision);
                if (object.createRevision != null)
                    message.createRevision = String(object.createRevision);
                if (object.backendData != null)
                    message.backendData = String(object.backendData);
                if (object.version != null)
                    message.version = String(object.version);
                if (object.etcdLease != null)
                    message.etcdLease = String(object.etcdLease);
                if (object.name != null)
                    message.name = String(object.name);
                if (object.way != null)
                    message.way = String(object.way);
                if (object.backends) {
                    if (!Array.isArray(object.backends))
                        throw TypeError(".overlay.v1.LeaseRow.backends: array expected");
                    message.backends = [];
                    for (var i = 0; i < object.backends.length; ++i)
                        message.backends[i] = String(object.backends[i]);
                }
                if (object.mustRenumber != null)
                    message.mustRenumber = Boolean(object.mustRenumber);
                return message;
            };

            /**
             * Creates a plain object from a LeaseRow message. Also converts values to other types if specified.
             * @function toObject
             * @memberof overlay.v1.LeaseRow
             * @static
             * @param {overlay.v1.LeaseRow} message LeaseRow
             * @param {$protobuf.IConversionOptions} [options] Conversion options
             * @returns {Object.<string,*>} Plain object
             */
            LeaseRow.toObject = function toObject(message, options, q) {
                if (!options)
                    options = {};
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                var object = {};
                if (options.arrays || options.defaults)
                    object.backends = [];
                if (options.defaults) {
                    object.subnet = "";
                    object.ipv6Subnet = "";
                    object.node = "";
                    object.nodeId = "";
                    object.publicIp = "";
                    object.publicIpv6 = "";
                    object.backend = "";
                    object.own = false;
                    object.reservation = false;
                    object.state = "";
                    object.reason = "";
                    object.modRevision = "";
                    object.createRevision = "";
                    object.backendData = "";
                    object.version = "";
                    object.etcdLease = "";
                    object.name = "";
                    object.way = "";
                    object.mustRenumber = false;
                }
                if (message.subnet != null && Object.hasOwnProperty.call(message, "subnet"))
                    object.subnet = message.subnet;
                if (message.ipv6Subnet != null && Object.hasOwnProperty.call(message, "ipv6Subnet"))
                    object.ipv6Subnet = message.ipv6Subnet;
                if (message.node != null && Object.hasOwnProperty.call(message, "node"))
                    object.node = message.node;
                if (message.nodeId != null && Object.hasOwnProperty.call(message, "nodeId"))
                    object.nodeId = message.nodeId;
                if (message.publicIp != null && Object.hasOwnProperty.call(message, "publicIp"))
                    object.publicIp = message.publicIp;
                if (message.publicIpv6 != null && Object.hasOwnProperty.call(message, "publicIpv6"))
                    object.publicIpv6 = message.publicIpv6;
                if (message.backend != null && Object.hasOwnProperty.call(message, "backend"))
                    object.backend = message.backend;
                if (message.own != null && Object.hasOwnProperty.call(message, "own"))
                    object.own = message.own;
                if (message.reservation != null && Object.hasOwnProperty.call(message, "reservation"))
                    object.reservation = message.reservation;
                if (message.state != null && Object.hasOwnProperty.call(message, "state"))
                    object.state = message.state;
                if (message.reason != null && Object.hasOwnProperty.call(message, "reason"))
                    object.reason = message.reason;
                if (message.modRevision != null && Object.hasOwnProperty.call(message, "modRevision"))
                    object.modRevision = message.modRevision;
                if (message.createRevision != null && Object.hasOwnProperty.call(message, "createRevision"))
                    object.createRevision = message.createRevision;
                if (message.backendData != null && Object.hasOwnProperty.call(message, "backendData"))
                    object.backendData = message.backendData;
                if (message.version != null && Object.hasOwnProperty.call(message, "version"))
                    object.version = message.version;
                if (message.etcdLease != null && Object.hasOwnProperty.call(message, "etcdLease"))
                    object.etcdLease = message.etcdLease;
                if (message.name != null && Object.hasOwnProperty.call(message, "name"))
                    object.name = message.name;
                if (message.way != null && Object.hasOwnProperty.call(message, "way"))
                    object.way = message.way;
                if (message.backends && message.backends.length) {
                    object.backends = [];
                    for (var j = 0; j < message.backends.length; ++j)
                        object.backends[j] = message.backends[j];
                }
                if (message.mustRenumber != null && Object.hasOwnProperty.call(message, "mustRenumber"))
                    object.mustRenumber = message.mustRenumber;
                return object;
            };

            /**
             * Converts this LeaseRow to JSON.
             * @function toJSON
             * @memberof overlay.v1.LeaseRow
             * @instance
             * @returns {Object.<string,*>} JSON object
             */
            LeaseRow.prototype.toJSON = function toJSON() {
                return this.constructor.toObject(this, $protobuf.util.toJSONOptions);
            };

            return LeaseRow;
        })();

        v1.LeasesReply = (function() {

            /**
             * Properties of a LeasesReply.
             * @memberof overlay.v1
             * @interface ILeasesReply
             * @property {Array.<overlay.v1.ILeaseRow>|null} [leases] LeasesReply leases
             * @property {string|null} [revision] LeasesReply revision
             */

            /**
             * Constructs a new LeasesReply.
             * @memberof overlay.v1
             * @classdesc Represents a LeasesReply.
             * @implements ILeasesReply
             * @constructor
             * @param {overlay.v1.ILeasesReply=} [properties] Properties to set
             */
            function LeasesReply(properties) {
                this.leases = [];
                if (properties)
                    for (var keys = Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            }

            /**
             * LeasesReply leases.
             * @member {Array.<overlay.v1.ILeaseRow>} leases
             * @memberof overlay.v1.LeasesReply
             * @instance
             */
            LeasesReply.prototype.leases = $util.emptyArray;

            /**
             * LeasesReply revision.
             * @member {string} revision
             * @memberof overlay.v1.LeasesReply
             * @instance
             */
            LeasesReply.prototype.revision = "";

            /**
             * Encodes the specified LeasesReply message. Does not implicitly {@link overlay.v1.LeasesReply.verify|verify} messages.
             * @function encode
             * @memberof overlay.v1.LeasesReply
             * @static
             * @param {overlay.v1.ILeasesReply} message LeasesReply message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            LeasesReply.encode = function encode(message, writer, q) {
                if (!writer)
                    writer = $Writer.create();
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                if (message.leases != null && message.leases.length)
                    for (var i = 0; i < message.leases.length; ++i)
                        $root.overlay.v1.LeaseRow.encode(message.leases[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), q + 1).ldelim();
                if (message.revision != null && Object.hasOwnProperty.call(message, "revision"))
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.revision);
                return writer;
            };

            /**
             * Decodes a LeasesReply message from the specified reader or buffer.
             * @function decode
             * @memberof overlay.v1.LeasesReply
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {overlay.v1.LeasesReply} LeasesReply
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            LeasesReply.decode = function decode(reader, length, error, long) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (long === undefined)
                    long = 0;
                if (long > $Reader.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var end, message;
                if (length === undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = new $root.overlay.v1.LeasesReply();
                while (reader.pos < end) {
                    var tag = reader.uint32();
                    if (tag === error)
                        break;
                    switch (tag >>> 3) {
                    case 1: {
                            if (!(message.leases && message.leases.length))
                                message.leases = [];
                            message.leases.push($root.overlay.v1.LeaseRow.decode(reader, reader.uint32(), undefined, long + 1));
                            break;
                        }
                    case 2: {
                            message.revision = reader.string();
                            break;
                        }
                    default:
                        reader.skipType(tag & 7, long);
                        break;
                    }
                }
                if (length !== undefined) {
                    if (reader.pos !== end)
                        throw RangeError("index out of range");
                    reader.len = length;
                }
                return message;
            };

            /**
             * Creates a LeasesReply message from a plain object. Also converts values to their respective internal types.
             * @function fromObject
             * @memberof overlay.v1.LeasesReply
             * @static
             * @param {Object.<string,*>} object Plain object
             * @returns {overlay.v1.LeasesReply} LeasesReply
             */
            LeasesReply.fromObject = function fromObject(object, long) {
                if (object instanceof $root.overlay.v1.LeasesReply)
                    return object;
                if (!$util.isObject(object))
                    throw TypeError(".overlay.v1.LeasesReply: object expected");
                if (long === undefined)
                    long = 0;
                if (long > $util.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var message = new $root.overlay.v1.LeasesReply();
                if (object.leases) {
                    if (!Array.isArray(object.leases))
                        throw TypeError(".overlay.v1.LeasesReply.leases: array expected");
                    message.leases = [];
                    for (var i = 0; i < object.leases.length; ++i) {
                        if (!$util.isObject(object.leases[i]))
                            throw TypeError(".overlay.v1.LeasesReply.leases: object expected");
                        message.leases[i] = $root.overlay.v1.LeaseRow.fromObject(object.leases[i], long + 1);
                    }
                }
                if (object.revision != null)
                    message.revision = String(object.revision);
                return message;
            };

            /**
             * Creates a plain object from a LeasesReply message. Also converts values to other types if specified.
             * @function toObject
             * @memberof overlay.v1.LeasesReply
             * @static
             * @param {overlay.v1.LeasesReply} message LeasesReply
             * @param {$protobuf.IConversionOptions} [options] Conversion options
             * @returns {Object.<string,*>} Plain object
             */
            LeasesReply.toObject = function toObject(message, options, q) {
                if (!options)
                    options = {};
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                var object = {};
                if (options.arrays || options.defaults)
                    object.leases = [];
                if (options.defaults)
                    object.revision = "";
                if (message.leases && message.leases.length) {
                    object.leases = [];
                    for (var j = 0; j < message.leases.length; ++j)
                        object.leases[j] = $root.overlay.v1.LeaseRow.toObject(message.leases[j], options, q + 1);
                }
                if (message.revision != null && Object.hasOwnProperty.call(message, "revision"))
                    object.revision = message.revision;
                return object;
            };

            /**
             * Converts this LeasesReply to JSON.
             * @function toJSON
             * @memberof overlay.v1.LeasesReply
             * @instance
             * @returns {Object.<string,*>} JSON object
             */
            LeasesReply.prototype.toJSON = function toJSON() {
                return this.constructor.toObject(this, $protobuf.util.toJSONOptions);
            };

            return LeasesReply;
        })();

        v1.ExplainRequest = (function() {

            /**
             * Properties of an ExplainRequest.
             * @memberof overlay.v1
             * @interface IExplainRequest
             * @property {string|null} [address] ExplainRequest address
             */

            /**
             * Constructs a new ExplainRequest.
             * @memberof overlay.v1
             * @classdesc Represents an ExplainRequest.
             * @implements IExplainRequest
             * @constructor
             * @param {overlay.v1.IExplainRequest=} [properties] Properties to set
             */
            function ExplainRequest(properties) {
                if (properties)
                    for (var keys = Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            }

            /**
             * ExplainRequest address.
             * @member {string} address
             * @memberof overlay.v1.ExplainRequest
             * @instance
             */
            ExplainRequest.prototype.address = "";

            /**
             * Encodes the specified ExplainRequest message. Does not implicitly {@link overlay.v1.ExplainRequest.verify|verify} messages.
             * @function encode
             * @memberof overlay.v1.ExplainRequest
             * @static
             * @param {overlay.v1.IExplainRequest} message ExplainRequest message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            ExplainRequest.encode = function encode(message, writer, q) {
                if (!writer)
                    writer = $Writer.create();
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                if (message.address != null && Object.hasOwnProperty.call(message, "address"))
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.address);
                return writer;
            };

            /**
             * Decodes an ExplainRequest message from the specified reader or buffer.
             * @function decode
             * @memberof overlay.v1.ExplainRequest
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {overlay.v1.ExplainRequest} ExplainRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            ExplainRequest.decode = function decode(reader, length, error, long) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (long === undefined)
                    long = 0;
                if (long > $Reader.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var end, message;
                if (length === undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = new $root.overlay.v1.ExplainRequest();
                while (reader.pos < end) {
                    var tag = reader.uint32();
                    if (tag === error)
                        break;
                    switch (tag >>> 3) {
                    case 1: {
                            message.address = reader.string();
                            break;
                        }
                    default:
                        reader.skipType(tag & 7, long);
                        break;
                    }
                }
                if (length !== undefined) {
                    if (reader.pos !== end)
                        throw RangeError("index out of range");
                    reader.len = length;
                }
                return message;
            };

            /**
             * Creates an ExplainRequest message from a plain object. Also converts values to their respective internal types.
             * @function fromObject
             * @memberof overlay.v1.ExplainRequest
             * @static
             * @param {Object.<string,*>} object Plain object
             * @returns {overlay.v1.ExplainRequest} ExplainRequest
             */
            ExplainRequest.fromObject = function fromObject(object, long) {
                if (object instanceof $root.overlay.v1.ExplainRequest)
                    return object;
                if (!$util.isObject(object))
                    throw TypeError(".overlay.v1.ExplainRequest: object expected");
                if (long === undefined)
                    long = 0;
                if (long > $util.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var message = new $root.overlay.v1.ExplainRequest();
                if (object.address != null)
                    message.address = String(object.address);
                return message;
            };

            /**
             * Creates a plain object from an ExplainRequest message. Also converts values to other types if specified.
             * @function toObject
             * @memberof overlay.v1.ExplainRequest
             * @static
             * @param {overlay.v1.ExplainRequest} message ExplainRequest
             * @param {$protobuf.IConversionOptions} [options] Conversion options
             * @returns {Object.<string,*>} Plain object
             */
            ExplainRequest.toObject = function toObject(message, options, q) {
                if (!options)
                    options = {};
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                var object = {};
                if (options.defaults)
                    object.address = "";
                if (message.address != null && Object.hasOwnProperty.call(message, "address"))
                    object.address = message.address;
                return object;
            };

            /**
             * Converts this ExplainRequest to JSON.
             * @function toJSON
             * @memberof overlay.v1.ExplainRequest
             * @instance
             * @returns {Object.<string,*>} JSON object
             */
            ExplainRequest.prototype.toJSON = function toJSON() {
                return this.constructor.toObject(this, $protobuf.util.toJSONOptions);
            };

            return ExplainRequest;
        })();

        v1.Fact = (function() {

            /**
             * Properties of a Fact.
             * @memberof overlay.v1
             * @interface IFact
             * @property {string|null} [name] Fact name
             * @property {string|null} [value] Fact value
             */

            /**
             * Constructs a new Fact.
             * @memberof overlay.v1
             * @classdesc Represents a Fact.
             * @implements IFact
             * @constructor
             * @param {overlay.v1.IFact=} [properties] Properties to set
             */
            function Fact(properties) {
                if (properties)
                    for (var keys = Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            }

            /**
             * Fact name.
             * @member {string} name
             * @memberof overlay.v1.Fact
             * @instance
             */
            Fact.prototype.name = "";

            /**
             * Fact value.
             * @member {string} value
             * @memberof overlay.v1.Fact
             * @instance
             */
            Fact.prototype.value = "";

            /**
             * Encodes the specified Fact message. Does not implicitly {@link overlay.v1.Fact.verify|verify} messages.
             * @function encode
             * @memberof overlay.v1.Fact
             * @static
             * @param {overlay.v1.IFact} message Fact message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Fact.encode = function encode(message, writer, q) {
                if (!writer)
                    writer = $Writer.create();
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                if (message.name != null && Object.hasOwnProperty.call(message, "name"))
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.name);
                if (message.value != null && Object.hasOwnProperty.call(message, "value"))
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.value);
                return writer;
            };

            /**
             * Decodes a Fact message from the specified reader or buffer.
             * @function decode
             * @memberof overlay.v1.Fact
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {overlay.v1.Fact} Fact
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Fact.decode = function decode(reader, length, error, long) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (long === undefined)
                    long = 0;
                if (long > $Reader.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var end, message;
                if (length === undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = new $root.overlay.v1.Fact();
                while (reader.pos < end) {
                    var tag = reader.uint32();
                    if (tag === error)
                        break;
                    switch (tag >>> 3) {
                    case 1: {
                            message.name = reader.string();
                            break;
                        }
                    case 2: {
                            message.value = reader.string();
                            break;
                        }
                    default:
                        reader.skipType(tag & 7, long);
                        break;
                    }
                }
                if (length !== undefined) {
                    if (reader.pos !== end)
                        throw RangeError("index out of range");
                    reader.len = length;
                }
                return message;
            };

            /**
             * Creates a Fact message from a plain object. Also converts values to their respective internal types.
             * @function fromObject
             * @memberof overlay.v1.Fact
             * @static
             * @param {Object.<string,*>} object Plain object
             * @returns {overlay.v1.Fact} Fact
             */
            Fact.fromObject = function fromObject(object, long) {
                if (object instanceof $root.overlay.v1.Fact)
                    return object;
                if (!$util.isObject(object))
                    throw TypeError(".overlay.v1.Fact: object expected");
                if (long === undefined)
                    long = 0;
                if (long > $util.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var message = new $root.overlay.v1.Fact();
                if (object.name != null)
                    message.name = String(object.name);
                if (object.value != null)
                    message.value = String(object.value);
                return message;
            };

            /**
             * Creates a plain object from a Fact message. Also converts values to other types if specified.
             * @function toObject
             * @memberof overlay.v1.Fact
             * @static
             * @param {overlay.v1.Fact} message Fact
             * @param {$protobuf.IConversionOptions} [options] Conversion options
             * @returns {Object.<string,*>} Plain object
             */
            Fact.toObject = function toObject(message, options, q) {
                if (!options)
                    options = {};
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                var object = {};
                if (options.defaults) {
                    object.name = "";
                    object.value = "";
                }
                if (message.name != null && Object.hasOwnProperty.call(message, "name"))
                    object.name = message.name;
                if (message.value != null && Object.hasOwnProperty.call(message, "value"))
                    object.value = message.value;
                return object;
            };

            /**
             * Converts this Fact to JSON.
             * @function toJSON
             * @memberof overlay.v1.Fact
             * @instance
             * @returns {Object.<string,*>} JSON object
             */
            Fact.prototype.toJSON = function toJSON() {
                return this.constructor.toObject(this, $protobuf.util.toJSONOptions);
            };

            return Fact;
        })();

        v1.ExplainReply = (function() {

            /**
             * Properties of an ExplainReply.
             * @memberof overlay.v1
             * @interface IExplainReply
             * @property {string|null} [address] ExplainReply address
             * @property {string|null} [verdict] ExplainReply verdict
             * @property {string|null} [summary] ExplainReply summary
             * @property {overlay.v1.ILeaseRow|null} [lease] ExplainReply lease
             * @property {string|null} [device] ExplainReply device
             * @property {string|null} [nextHop] ExplainReply nextHop
             * @property {number|null} [mtu] ExplainReply mtu
             * @property {string|null} [kernelRoute] ExplainReply kernelRoute
             * @property {Array.<string>|null} [obstacles] ExplainReply obstacles
             * @property {Array.<overlay.v1.IFact>|null} [facts] ExplainReply facts
             */

            /**
             * Constructs a new ExplainReply.
             * @memberof overlay.v1
             * @classdesc Represents an ExplainReply.
             * @implements IExplainReply
             * @constructor
             * @param {overlay.v1.IExplainReply=} [properties] Properties to set
             */
            function ExplainReply(properties) {
                this.obstacles = [];
                this.facts = [];
                if (properties)
                    for (var keys = Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            }

            /**
             * ExplainReply address.
             * @member {string} address
             * @memberof overlay.v1.ExplainReply
             * @instance
             */
            ExplainReply.prototype.address = "";

            /**
             * ExplainReply verdict.
             * @member {string} verdict
             * @memberof overlay.v1.ExplainReply
             * @instance
             */
            ExplainReply.prototype.verdict = "";

            /**
             * ExplainReply summary.
             * @member {string} summary
             * @memberof overlay.v1.ExplainReply
             * @instance
             */
            ExplainReply.prototype.summary = "";

            /**
             * ExplainReply lease.
             * @member {overlay.v1.ILeaseRow|null|undefined} lease
             * @memberof overlay.v1.ExplainReply
             * @instance
             */
            ExplainReply.prototype.lease = null;

            /**
             * ExplainReply device.
             * @member {string} device
             * @memberof overlay.v1.ExplainReply
             * @instance
             */
            ExplainReply.prototype.device = "";

            /**
             * ExplainReply nextHop.
             * @member {string} nextHop
             * @memberof overlay.v1.ExplainReply
             * @instance
             */
            ExplainReply.prototype.nextHop = "";

            /**
             * ExplainReply mtu.
             * @member {number} mtu
             * @memberof overlay.v1.ExplainReply
             * @instance
             */
            ExplainReply.prototype.mtu = 0;

            /**
             * ExplainReply kernelRoute.
             * @member {string} kernelRoute
             * @memberof overlay.v1.ExplainReply
             * @instance
             */
            ExplainReply.prototype.kernelRoute = "";

            /**
             * ExplainReply obstacles.
             * @member {Array.<string>} obstacles
             * @memberof overlay.v1.ExplainReply
             * @instance
             */
            ExplainReply.prototype.obstacles = $util.emptyArray;

            /**
             * ExplainReply facts.
             * @member {Array.<overlay.v1.IFact>} facts
             * @memberof overlay.v1.ExplainReply
             * @instance
             */
            ExplainReply.prototype.facts = $util.emptyArray;

            /**
             * Encodes the specified ExplainReply message. Does not implicitly {@link overlay.v1.ExplainReply.verify|verify} messages.
             * @function encode
             * @memberof overlay.v1.ExplainReply
             * @static
             * @param {overlay.v1.IExplainReply} message ExplainReply message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            ExplainReply.encode = function encode(message, writer, q) {
                if (!writer)
                    writer = $Writer.create();
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                if (message.address != null && Object.hasOwnProperty.call(message, "address"))
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.address);
                if (message.verdict != null && Object.hasOwnProperty.call(message, "verdict"))
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.verdict);
                if (message.summary != null && Object.hasOwnProperty.call(message, "summary"))
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.summary);
                if (message.lease != null && Object.hasOwnProperty.call(message, "lease"))
                    $root.overlay.v1.LeaseRow.encode(message.lease, writer.uint32(/* id 4, wireType 2 =*/34).fork(), q + 1).ldelim();
                if (message.device != null && Object.hasOwnProperty.call(message, "device"))
                    writer.uint32(/* id 5, wireType 2 =*/42).string(message.device);
                if (message.nextHop != null && Object.hasOwnProperty.call(message, "nextHop"))
                    writer.uint32(/* id 6, wireType 2 =*/50).string(message.nextHop);
                if (message.mtu != null && Object.hasOwnProperty.call(message, "mtu"))
                    writer.uint32(/* id 7, wireType 0 =*/56).uint32(message.mtu);
                if (message.kernelRoute != null && Object.hasOwnProperty.call(message, "kernelRoute"))
                    writer.uint32(/* id 8, wireType 2 =*/66).string(message.kernelRoute);
                if (message.obstacles != null && message.obstacles.length)
                    for (var i = 0; i < message.obstacles.length; ++i)
                        writer.uint32(/* id 9, wireType 2 =*/74).string(message.obstacles[i]);
                if (message.facts != null && message.facts.length)
                    for (var i = 0; i < message.facts.length; ++i)
                        $root.overlay.v1.Fact.encode(message.facts[i], writer.uint32(/* id 10, wireType 2 =*/82).fork(), q + 1).ldelim();
                return writer;
            };

            /**
             * Decodes an ExplainReply message from the specified reader or buffer.
             * @function decode
             * @memberof overlay.v1.ExplainReply
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {overlay.v1.ExplainReply} ExplainReply
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            ExplainReply.decode = function decode(reader, length, error, long) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (long === undefined)
                    long = 0;
                if (long > $Reader.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var end, message;
                if (length === undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = new $root.overlay.v1.ExplainReply();
                while (reader.pos < end) {
                    var tag = reader.uint32();
                    if (tag === error)
                        break;
                    switch (tag >>> 3) {
                    case 1: {
                            message.address = reader.string();
                            break;
                        }
                    case 2: {
                            message.verdict = reader.string();
                            break;
                        }
                    case 3: {
                            message.summary = reader.string();
                            break;
                        }
                    case 4: {
                            message.lease = $root.overlay.v1.LeaseRow.decode(reader, reader.uint32(), undefined, long + 1);
                            break;
                        }
                    case 5: {
                            message.device = reader.string();
                            break;
                        }
                    case 6: {
                            message.nextHop = reader.string();
                            break;
                        }
                    case 7: {
                            message.mtu = reader.uint32();
                            break;
                        }
                    case 8: {
                            message.kernelRoute = reader.string();
                            break;
                        }
                    case 9: {
                            if (!(message.obstacles && message.obstacles.length))
                                message.obstacles = [];
                            message.obstacles.push(reader.string());
                            break;
                        }
                    case 10: {
                            if (!(message.facts && message.facts.length))
                                message.facts = [];
                            message.facts.push($root.overlay.v1.Fact.decode(reader, reader.uint32(), undefined, long + 1));
                            break;
                        }
                    default:
                        reader.skipType(tag & 7, long);
                        break;
                    }
                }
                if (length !== undefined) {
                    if (reader.pos !== end)
                        throw RangeError("index out of range");
                    reader.len = length;
                }
                return message;
            };

            /**
             * Creates an ExplainReply message from a plain object. Also converts values to their respective internal types.
             * @function fromObject
             * @memberof overlay.v1.ExplainReply
             * @static
             * @param {Object.<string,*>} object Plain object
             * @returns {overlay.v1.ExplainReply} ExplainReply
             */
            ExplainReply.fromObject = function fromObject(object, long) {
                if (object instanceof $root.overlay.v1.ExplainReply)
                    return object;
                if (!$util.isObject(object))
                    throw TypeError(".overlay.v1.ExplainReply: object expected");
                if (long === undefined)
                    long = 0;
                if (long > $util.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var message = new $root.overlay.v1.ExplainReply();
                if (object.address != null)
                    message.address = String(object.address);
                if (object.verdict != null)
                    message.verdict = String(object.verdict);
                if (object.summary != null)
                    message.summary = String(object.summary);
                if (object.lease != null) {
                    if (!$util.isObject(object.lease))
                        throw TypeError(".overlay.v1.ExplainReply.lease: object expected");
                    message.lease = $root.overlay.v1.LeaseRow.fromObject(object.lease, long + 1);
                }
                if (object.device != null)
                    message.device = String(object.device);
                if (object.nextHop != null)
                    message.nextHop = String(object.nextHop);
                if (object.mtu != null)
                    message.mtu = object.mtu >>> 0;
                if (object.kernelRoute != null)
                    message.kernelRoute = String(object.kernelRoute);
                if (object.obstacles) {
                    if (!Array.isArray(object.obstacles))
                        throw TypeError(".overlay.v1.ExplainReply.obstacles: array expected");
                    message.obstacles = [];
                    for (var i = 0; i < object.obstacles.length; ++i)
                        message.obstacles[i] = String(object.obstacles[i]);
                }
                if (object.facts) {
                    if (!Array.isArray(object.facts))
                        throw TypeError(".overlay.v1.ExplainReply.facts: array expected");
                    message.facts = [];
                    for (var i = 0; i < object.facts.length; ++i) {
                        if (!$util.isObject(object.facts[i]))
                            throw TypeError(".overlay.v1.ExplainReply.facts: object expected");
                        message.facts[i] = $root.overlay.v1.Fact.fromObject(object.facts[i], long + 1);
                    }
                }
                return message;
            };

            /**
             * Creates a plain object from an ExplainReply message. Also converts values to other types if specified.
             * @function toObject
             * @memberof overlay.v1.ExplainReply
             * @static
             * @param {overlay.v1.ExplainReply} message ExplainReply
             * @param {$protobuf.IConversionOptions} [options] Conversion options
             * @returns {Object.<string,*>} Plain object
             */
            ExplainReply.toObject = function toObject(message, options, q) {
                if (!options)
                    options = {};
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                var object = {};
                if (options.arrays || options.defaults) {
                    object.obstacles = [];
                    object.facts = [];
                }
                if (options.defaults) {
                    object.address = "";
                    object.verdict = "";
                    object.summary = "";
                    object.lease = null;
                    object.device = "";
                    object.nextHop = "";
                    object.mtu = 0;
                    object.kernelRoute = "";
                }
                if (message.address != null && Object.hasOwnProperty.call(message, "address"))
                    object.address = message.address;
                if (message.verdict != null && Object.hasOwnProperty.call(message, "verdict"))
                    object.verdict = message.verdict;
                if (message.summary != null && Object.hasOwnProperty.call(message, "summary"))
                    object.summary = message.summary;
                if (message.lease != null && Object.hasOwnProperty.call(message, "lease"))
                    object.lease = $root.overlay.v1.LeaseRow.toObject(message.lease, options, q + 1);
                if (message.device != null && Object.hasOwnProperty.call(message, "device"))
                    object.device = message.device;
                if (message.nextHop != null && Object.hasOwnProperty.call(message, "nextHop"))
                    object.nextHop = message.nextHop;
                if (message.mtu != null && Object.hasOwnProperty.call(message, "mtu"))
                    object.mtu = message.mtu;
                if (message.kernelRoute != null && Object.hasOwnProperty.call(message, "kernelRoute"))
                    object.kernelRoute = message.kernelRoute;
                if (message.obstacles && message.obstacles.length) {
                    object.obstacles = [];
                    for (var j = 0; j < message.obstacles.length; ++j)
                        object.obstacles[j] = message.obstacles[j];
                }
                if (message.facts && message.facts.length) {
                    object.facts = [];
                    for (var j = 0; j < message.facts.length; ++j)
                        object.facts[j] = $root.overlay.v1.Fact.toObject(message.facts[j], options, q + 1);
                }
                return object;
            };

            /**
             * Converts this ExplainReply to JSON.
             * @function toJSON
             * @memberof overlay.v1.ExplainReply
             * @instance
             * @returns {Object.<string,*>} JSON object
             */
            ExplainReply.prototype.toJSON = function toJSON() {
                return this.constructor.toObject(this, $protobuf.util.toJSONOptions);
            };

            return ExplainReply;
        })();

        v1.DoctorRequest = (function() {

            /**
             * Properties of a DoctorRequest.
             * @memberof overlay.v1
             * @interface IDoctorRequest
             * @property {boolean|null} [probe] DoctorRequest probe
             */

            /**
             * Constructs a new DoctorRequest.
             * @memberof overlay.v1
             * @classdesc Represents a DoctorRequest.
             * @implements IDoctorRequest
             * @constructor
             * @param {overlay.v1.IDoctorRequest=} [properties] Properties to set
             */
            function DoctorRequest(properties) {
                if (properties)
                    for (var keys = Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            }

            /**
             * DoctorRequest probe.
             * @member {boolean} probe
             * @memberof overlay.v1.DoctorRequest
             * @instance
             */
            DoctorRequest.prototype.probe = false;

            /**
             * Encodes the specified DoctorRequest message. Does not implicitly {@link overlay.v1.DoctorRequest.verify|verify} messages.
             * @function encode
             * @memberof overlay.v1.DoctorRequest
             * @static
             * @param {overlay.v1.IDoctorRequest} message DoctorRequest message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            DoctorRequest.encode = function encode(message, writer, q) {
                if (!writer)
                    writer = $Writer.create();
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                if (message.probe != null && Object.hasOwnProperty.call(message, "probe"))
                    writer.uint32(/* id 1, wireType 0 =*/8).bool(message.probe);
                return writer;
            };

            /**
             * Decodes a DoctorRequest message from the specified reader or buffer.
             * @function decode
             * @memberof overlay.v1.DoctorRequest
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {overlay.v1.DoctorRequest} DoctorRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            DoctorRequest.decode = function decode(reader, length, error, long) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (long === undefined)
                    long = 0;
                if (long > $Reader.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var end, message;
                if (length === undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = new $root.overlay.v1.DoctorRequest();
                while (reader.pos < end) {
                    var tag = reader.uint32();
                    if (tag === error)
                        break;
                    switch (tag >>> 3) {
                    case 1: {
                            message.probe = reader.bool();
                            break;
                        }
                    default:
                        reader.skipType(tag & 7, long);
                        break;
                    }
                }
                if (length !== undefined) {
                    if (reader.pos !== end)
                        throw RangeError("index out of range");
                    reader.len = length;
                }
                return message;
            };

            /**
             * Creates a DoctorRequest message from a plain object. Also converts values to their respective internal types.
             * @function fromObject
             * @memberof overlay.v1.DoctorRequest
             * @static
             * @param {Object.<string,*>} object Plain object
             * @returns {overlay.v1.DoctorRequest} DoctorRequest
             */
            DoctorRequest.fromObject = function fromObject(object, long) {
                if (object instanceof $root.overlay.v1.DoctorRequest)
                    return object;
                if (!$util.isObject(object))
                    throw TypeError(".overlay.v1.DoctorRequest: object expected");
                if (long === undefined)
                    long = 0;
                if (long > $util.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var message = new $root.overlay.v1.DoctorRequest();
                if (object.probe != null)
                    message.probe = Boolean(object.probe);
                return message;
            };

            /**
             * Creates a plain object from a DoctorRequest message. Also converts values to other types if specified.
             * @function toObject
             * @memberof overlay.v1.DoctorRequest
             * @static
             * @param {overlay.v1.DoctorRequest} message DoctorRequest
             * @param {$protobuf.IConversionOptions} [options] Conversion options
             * @returns {Object.<string,*>} Plain object
             */
            DoctorRequest.toObject = function toObject(message, options, q) {
                if (!options)
                    options = {};
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                var object = {};
                if (options.defaults)
                    object.probe = false;
                if (message.probe != null && Object.hasOwnProperty.call(message, "probe"))
                    object.probe = message.probe;
                return object;
            };

            /**
             * Converts this DoctorRequest to JSON.
             * @function toJSON
             * @memberof overlay.v1.DoctorRequest
             * @instance
             * @returns {Object.<string,*>} JSON object
             */
            DoctorRequest.prototype.toJSON = function toJSON() {
                return this.constructor.toObject(this, $protobuf.util.toJSONOptions);
            };

            return DoctorRequest;
        })();

        v1.Check = (function() {

            /**
             * Properties of a Check.
             * @memberof overlay.v1
             * @interface ICheck
             * @property {string|null} [name] Check name
             * @property {string|null} [result] Check result
             * @property {string|null} [detail] Check detail
             * @property {string|null} [advice] Check advice
             */

            /**
             * Constructs a new Check.
             * @memberof overlay.v1
             * @classdesc Represents a Check.
             * @implements ICheck
             * @constructor
             * @param {overlay.v1.ICheck=} [properties] Properties to set
             */
            function Check(properties) {
                if (properties)
                    for (var keys = Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            }

            /**
             * Check name.
             * @member {string} name
             * @memberof overlay.v1.Check
             * @instance
             */
            Check.prototype.name = "";

            /**
             * Check result.
             * @member {string} result
             * @memberof overlay.v1.Check
             * @instance
             */
            Check.prototype.result = "";

            /**
             * Check detail.
             * @member {string} detail
             * @memberof overlay.v1.Check
             * @instance
             */
            Check.prototype.detail = "";

            /**
             * Check advice.
             * @member {string} advice
             * @memberof overlay.v1.Check
             * @instance
             */
            Check.prototype.advice = "";

            /**
             * Encodes the specified Check message. Does not implicitly {@link overlay.v1.Check.verify|verify} messages.
             * @function encode
             * @memberof overlay.v1.Check
             * @static
             * @param {overlay.v1.ICheck} message Check message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Check.encode = function encode(message, writer, q) {
                if (!writer)
                    writer = $Writer.create();
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                if (message.name != null && Object.hasOwnProperty.call(message, "name"))
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.name);
                if (message.result != null && Object.hasOwnProperty.call(message, "result"))
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.result);
                if (message.detail != null && Object.hasOwnProperty.call(message, "detail"))
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.detail);
                if (message.advice != null && Object.hasOwnProperty.call(message, "advice"))
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.advice);
                return writer;
            };

            /**
             * Decodes a Check message from the specified reader or buffer.
             * @function decode
             * @memberof overlay.v1.Check
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {overlay.v1.Check} Check
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Check.decode = function decode(reader, length, error, long) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (long === undefined)
                    long = 0;
                if (long > $Reader.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var end, message;
                if (length === undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = new $root.overlay.v1.Check();
                while (reader.pos < end) {
                    var tag = reader.uint32();
                    if (tag === error)
                        break;
                    switch (tag >>> 3) {
                    case 1: {
                            message.name = reader.string();
                            break;
                        }
                    case 2: {
                            message.result = reader.string();
                            break;
                        }
                    case 3: {
                            message.detail = reader.string();
                            break;
                        }
                    case 4: {
                            message.advice = reader.string();
                            break;
                        }
                    default:
                        reader.skipType(tag & 7, long);
                        break;
                    }
                }
                if (length !== undefined) {
                    if (reader.pos !== end)
                        throw RangeError("index out of range");
                    reader.len = length;
                }
                return message;
            };

            /**
             * Creates a Check message from a plain object. Also converts values to their respective internal types.
             * @function fromObject
             * @memberof overlay.v1.Check
             * @static
             * @param {Object.<string,*>} object Plain object
             * @returns {overlay.v1.Check} Check
             */
            Check.fromObject = function fromObject(object, long) {
                if (object instanceof $root.overlay.v1.Check)
                    return object;
                if (!$util.isObject(object))
                    throw TypeError(".overlay.v1.Check: object expected");
                if (long === undefined)
                    long = 0;
                if (long > $util.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var message = new $root.overlay.v1.Check();
                if (object.name != null)
                    message.name = String(object.name);
                if (object.result != null)
                    message.result = String(object.result);
                if (object.detail != null)
                    message.detail = String(object.detail);
                if (object.advice != null)
                    message.advice = String(object.advice);
                return message;
            };

            /**
             * Creates a plain object from a Check message. Also converts values to other types if specified.
             * @function toObject
             * @memberof overlay.v1.Check
             * @static
             * @param {overlay.v1.Check} message Check
             * @param {$protobuf.IConversionOptions} [options] Conversion options
             * @returns {Object.<string,*>} Plain object
             */
            Check.toObject = function toObject(message, options, q) {
                if (!options)
                    options = {};
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                var object = {};
                if (options.defaults) {
                    object.name = "";
                    object.result = "";
                    object.detail = "";
                    object.advice = "";
                }
                if (message.name != null && Object.hasOwnProperty.call(message, "name"))
                    object.name = message.name;
                if (message.result != null && Object.hasOwnProperty.call(message, "result"))
                    object.result = message.result;
                if (message.detail != null && Object.hasOwnProperty.call(message, "detail"))
                    object.detail = message.detail;
                if (message.advice != null && Object.hasOwnProperty.call(message, "advice"))
                    object.advice = message.advice;
                return object;
            };

            /**
             * Converts this Check to JSON.
             * @function toJSON
             * @memberof overlay.v1.Check
             * @instance
             * @returns {Object.<string,*>} JSON object
             */
            Check.prototype.toJSON = function toJSON() {
                return this.constructor.toObject(this, $protobuf.util.toJSONOptions);
            };

            return Check;
        })();

        v1.PlannedChange = (function() {

            /**
             * Properties of a PlannedChange.
             * @memberof overlay.v1
             * @interface IPlannedChange
             * @property {string|null} [op] PlannedChange op
             * @property {string|null} [type] PlannedChange type
             * @property {string|null} [object] PlannedChange object
             */

            /**
             * Constructs a new PlannedChange.
             * @memberof overlay.v1
             * @classdesc Represents a PlannedChange.
             * @implements IPlannedChange
             * @constructor
             * @param {overlay.v1.IPlannedChange=} [properties] Properties to set
             */
            function PlannedChange(properties) {
                if (properties)
                    for (var keys = Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            }

            /**
             * PlannedChange op.
             * @member {string} op
             * @memberof overlay.v1.PlannedChange
             * @instance
             */
            PlannedChange.prototype.op = "";

            /**
             * PlannedChange type.
             * @member {string} type
             * @memberof overlay.v1.PlannedChange
             * @instance
             */
            PlannedChange.prototype.type = "";

            /**
             * PlannedChange object.
             * @member {string} object
             * @memberof overlay.v1.PlannedChange
             * @instance
             */
            PlannedChange.prototype.object = "";

            /**
             * Encodes the specified PlannedChange message. Does not implicitly {@link overlay.v1.PlannedChange.verify|verify} messages.
             * @function encode
             * @memberof overlay.v1.PlannedChange
             * @static
             * @param {overlay.v1.IPlannedChange} message PlannedChange message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            PlannedChange.encode = function encode(message, writer, q) {
                if (!writer)
                    writer = $Writer.create();
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                if (message.op != null && Object.hasOwnProperty.call(message, "op"))
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.op);
                if (message.type != null && Object.hasOwnProperty.call(message, "type"))
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.type);
                if (message.object != null && Object.hasOwnProperty.call(message, "object"))
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.object);
                return writer;
            };

            /**
             * Decodes a PlannedChange message from the specified reader or buffer.
             * @function decode
             * @memberof overlay.v1.PlannedChange
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {overlay.v1.PlannedChange} PlannedChange
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            PlannedChange.decode = function decode(reader, length, error, long) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (long === undefined)
                    long = 0;
                if (long > $Reader.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var end, message;
                if (length === undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = new $root.overlay.v1.PlannedChange();
                while (reader.pos < end) {
                    var tag = reader.uint32();
                    if (tag === error)
                        break;
                    switch (tag >>> 3) {
                    case 1: {
                            message.op = reader.string();
                            break;
                        }
                    case 2: {
                            message.type = reader.string();
                            break;
                        }
                    case 3: {
                            message.object = reader.string();
                            break;
                        }
                    default:
                        reader.skipType(tag & 7, long);
                        break;
                    }
                }
                if (length !== undefined) {
                    if (reader.pos !== end)
                        throw RangeError("index out of range");
                    reader.len = length;
                }
                return message;
            };

            /**
             * Creates a PlannedChange message from a plain object. Also converts values to their respective internal types.
             * @function fromObject
             * @memberof overlay.v1.PlannedChange
             * @static
             * @param {Object.<string,*>} object Plain object
             * @returns {overlay.v1.PlannedChange} PlannedChange
             */
            PlannedChange.fromObject = function fromObject(object, long) {
                if (object instanceof $root.overlay.v1.PlannedChange)
                    return object;
                if (!$util.isObject(object))
                    throw TypeError(".overlay.v1.PlannedChange: object expected");
                if (long === undefined)
                    long = 0;
                if (long > $util.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var message = new $root.overlay.v1.PlannedChange();
                if (object.op != null)
                    message.op = String(object.op);
                if (object.type != null)
                    message.type = String(object.type);
                if (object.object != null)
                    message.object = String(object.object);
                return message;
            };

            /**
             * Creates a plain object from a PlannedChange message. Also converts values to other types if specified.
             * @function toObject
             * @memberof overlay.v1.PlannedChange
             * @static
             * @param {overlay.v1.PlannedChange} message PlannedChange
             * @param {$protobuf.IConversionOptions} [options] Conversion options
             * @returns {Object.<string,*>} Plain object
             */
            PlannedChange.toObject = function toObject(message, options, q) {
                if (!options)
                    options = {};
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                var object = {};
                if (options.defaults) {
                    object.op = "";
                    object.type = "";
                    object.object = "";
                }
                if (message.op != null && Object.hasOwnProperty.call(message, "op"))
                    object.op = message.op;
                if (message.type != null && Object.hasOwnProperty.call(message, "type"))
                    object.type = message.type;
                if (message.object != null && Object.hasOwnProperty.call(message, "object"))
                    object.object = message.object;
                return object;
            };

            /**
             * Converts this PlannedChange to JSON.
             * @function toJSON
             * @memberof overlay.v1.PlannedChange
             * @instance
             * @returns {Object.<string,*>} JSON object
             */
            PlannedChange.prototype.toJSON = function toJSON() {
                return this.constructor.toObject(this, $protobuf.util.toJSONOptions);
            };

            return PlannedChange;
        })();

        v1.PlanReply = (function() {

            /**
             * Properties of a PlanReply.
             * @memberof overlay.v1
             * @interface IPlanReply
             * @property {Array.<overlay.v1.IPlannedChange>|null} [changes] PlanReply changes
             * @property {Array.<string>|null} [objects] PlanReply objects
             * @property {Array.<string>|null} [firewall] PlanReply firewall
             */

            /**
             * Constructs a new PlanReply.
             * @memberof overlay.v1
             * @classdesc Represents a PlanReply.
             * @implements IPlanReply
             * @constructor
             * @param {overlay.v1.IPlanReply=} [properties] Properties to set
             */
            function PlanReply(properties) {
                this.changes = [];
                this.objects = [];
                this.firewall = [];
                if (properties)
                    for (var keys = Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            }

            /**
             * PlanReply changes.
             * @member {Array.<overlay.v1.IPlannedChange>} changes
             * @memberof overlay.v1.PlanReply
             * @instance
             */
            PlanReply.prototype.changes = $util.emptyArray;

            /**
             * PlanReply objects.
             * @member {Array.<string>} objects
             * @memberof overlay.v1.PlanReply
             * @instance
             */
            PlanReply.prototype.objects = $util.emptyArray;

            /**
             * PlanReply firewall.
             * @member {Array.<string>} firewall
             * @memberof overlay.v1.PlanReply
             * @instance
             */
            PlanReply.prototype.firewall = $util.emptyArray;

            /**
             * Encodes the specified PlanReply message. Does not implicitly {@link overlay.v1.PlanReply.verify|verify} messages.
             * @function encode
             * @memberof overlay.v1.PlanReply
             * @static
             * @param {overlay.v1.IPlanReply} message PlanReply message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            PlanReply.encode = function encode(message, writer, q) {
                if (!writer)
                    writer = $Writer.create();
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                if (message.changes != null && message.changes.length)
                    for (var i = 0; i < message.changes.length; ++i)
                        $root.overlay.v1.PlannedChange.encode(message.changes[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), q + 1).ldelim();
                if (message.objects != null && message.objects.length)
                    for (var i = 0; i < message.objects.length; ++i)
                        writer.uint32(/* id 2, wireType 2 =*/18).string(message.objects[i]);
                if (message.firewall != null && message.firewall.length)
                    for (var i = 0; i < message.firewall.length; ++i)
                        writer.uint32(/* id 3, wireType 2 =*/26).string(message.firewall[i]);
                return writer;
            };

            /**
             * Decodes a PlanReply message from the specified reader or buffer.
             * @function decode
             * @memberof overlay.v1.PlanReply
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {overlay.v1.PlanReply} PlanReply
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            PlanReply.decode = function decode(reader, length, error, long) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (long === undefined)
                    long = 0;
                if (long > $Reader.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var end, message;
                if (length === undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = new $root.overlay.v1.PlanReply();
                while (reader.pos < end) {
                    var tag = reader.uint32();
                    if (tag === error)
                        break;
                    switch (tag >>> 3) {
                    case 1: {
                            if (!(message.changes && message.changes.length))
                                message.changes = [];
                            message.changes.push($root.overlay.v1.PlannedChange.decode(reader, reader.uint32(), undefined, long + 1));
                            break;
                        }
                    case 2: {
                            if (!(message.objects && message.objects.length))
                                message.objects = [];
                            message.objects.push(reader.string());
                            break;
                        }
                    case 3: {
                            if (!(message.firewall && message.firewall.length))
                                message.firewall = [];
                            message.firewall.push(reader.string());
                            break;
                        }
                    default:
                        reader.skipType(tag & 7, long);
                        break;
                    }
                }
                if (length !== undefined) {
                    if (reader.pos !== end)
                        throw RangeError("index out of range");
                    reader.len = length;
                }
                return message;
            };

            /**
             * Creates a PlanReply message from a plain object. Also converts values to their respective internal types.
             * @function fromObject
             * @memberof overlay.v1.PlanReply
             * @static
             * @param {Object.<string,*>} object Plain object
             * @returns {overlay.v1.PlanReply} PlanReply
             */
            PlanReply.fromObject = function fromObject(object, long) {
                if (object instanceof $root.overlay.v1.PlanReply)
                    return object;
                if (!$util.isObject(object))
                    throw TypeError(".overlay.v1.PlanReply: object expected");
                if (long === undefined)
                    long = 0;
                if (long > $util.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var message = new $root.overlay.v1.PlanReply();
                if (object.changes) {
                    if (!Array.isArray(object.changes))
                        throw TypeError(".overlay.v1.PlanReply.changes: array expected");
                    message.changes = [];
                    for (var i = 0; i < object.changes.length; ++i) {
                        if (!$util.isObject(object.changes[i]))
                            throw TypeError(".overlay.v1.PlanReply.changes: object expected");
                        message.changes[i] = $root.overlay.v1.PlannedChange.fromObject(object.changes[i], long + 1);
                    }
                }
                if (object.objects) {
                    if (!Array.isArray(object.objects))
                        throw TypeError(".overlay.v1.PlanReply.objects: array expected");
                    message.objects = [];
                    for (var i = 0; i < object.objects.length; ++i)
                        message.objects[i] = String(object.objects[i]);
                }
                if (object.firewall) {
                    if (!Array.isArray(object.firewall))
                        throw TypeError(".overlay.v1.PlanReply.firewall: array expected");
                    message.firewall = [];
                    for (var i = 0; i < object.firewall.length; ++i)
                        message.firewall[i] = String(object.firewall[i]);
                }
                return message;
            };

            /**
             * Creates a plain object from a PlanReply message. Also converts values to other types if specified.
             * @function toObject
             * @memberof overlay.v1.PlanReply
             * @static
             * @param {overlay.v1.PlanReply} message PlanReply
             * @param {$protobuf.IConversionOptions} [options] Conversion options
             * @returns {Object.<string,*>} Plain object
             */
            PlanReply.toObject = function toObject(message, options, q) {
                if (!options)
                    options = {};
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                var object = {};
                if (options.arrays || options.defaults) {
                    object.changes = [];
                    object.objects = [];
                    object.firewall = [];
                }
                if (message.changes && message.changes.length) {
                    object.changes = [];
                    for (var j = 0; j < message.changes.length; ++j)
                        object.changes[j] = $root.overlay.v1.PlannedChange.toObject(message.changes[j], options, q + 1);
                }
                if (message.objects && message.objects.length) {
                    object.objects = [];
                    for (var j = 0; j < message.objects.length; ++j)
                        object.objects[j] = message.objects[j];
                }
                if (message.firewall && message.firewall.length) {
                    object.firewall = [];
                    for (var j = 0; j < message.firewall.length; ++j)
                        object.firewall[j] = message.firewall[j];
                }
                return object;
            };

            /**
             * Converts this PlanReply to JSON.
             * @function toJSON
             * @memberof overlay.v1.PlanReply
             * @instance
             * @returns {Object.<string,*>} JSON object
             */
            PlanReply.prototype.toJSON = function toJSON() {
                return this.constructor.toObject(this, $protobuf.util.toJSONOptions);
            };

            return PlanReply;
        })();

        v1.RenumberRequest = (function() {

            /**
             * Properties of a RenumberRequest.
             * @memberof overlay.v1
             * @interface IRenumberRequest
             */

            /**
             * Constructs a new RenumberRequest.
             * @memberof overlay.v1
             * @classdesc Represents a RenumberRequest.
             * @implements IRenumberRequest
             * @constructor
             * @param {overlay.v1.IRenumberRequest=} [properties] Properties to set
             */
            function RenumberRequest(properties) {
                if (properties)
                    for (var keys = Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            }

            /**
             * Encodes the specified RenumberRequest message. Does not implicitly {@link overlay.v1.RenumberRequest.verify|verify} messages.
             * @function encode
             * @memberof overlay.v1.RenumberRequest
             * @static
             * @param {overlay.v1.IRenumberRequest} message RenumberRequest message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            RenumberRequest.encode = function encode(message, writer, q) {
                if (!writer)
                    writer = $Writer.create();
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                return writer;
            };

            /**
             * Decodes a RenumberRequest message from the specified reader or buffer.
             * @function decode
             * @memberof overlay.v1.RenumberRequest
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {overlay.v1.RenumberRequest} RenumberRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            RenumberRequest.decode = function decode(reader, length, error, long) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (long === undefined)
                    long = 0;
                if (long > $Reader.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var end, message;
                if (length === undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = new $root.overlay.v1.RenumberRequest();
                while (reader.pos < end) {
                    var tag = reader.uint32();
                    if (tag === error)
                        break;
                    switch (tag >>> 3) {
                    default:
                        reader.skipType(tag & 7, long);
                        break;
                    }
                }
                if (length !== undefined) {
                    if (reader.pos !== end)
                        throw RangeError("index out of range");
                    reader.len = length;
                }
                return message;
            };

            /**
             * Creates a RenumberRequest message from a plain object. Also converts values to their respective internal types.
             * @function fromObject
             * @memberof overlay.v1.RenumberRequest
             * @static
             * @param {Object.<string,*>} object Plain object
             * @returns {overlay.v1.RenumberRequest} RenumberRequest
             */
            RenumberRequest.fromObject = function fromObject(object, long) {
                if (object instanceof $root.overlay.v1.RenumberRequest)
                    return object;
                return new $root.overlay.v1.RenumberRequest();
            };

            /**
             * Creates a plain object from a RenumberRequest message. Also converts values to other types if specified.
             * @function toObject
             * @memberof overlay.v1.RenumberRequest
             * @static
             * @param {overlay.v1.RenumberRequest} message RenumberRequest
             * @param {$protobuf.IConversionOptions} [options] Conversion options
             * @returns {Object.<string,*>} Plain object
             */
            RenumberRequest.toObject = function toObject() {
                return {};
            };

            /**
             * Converts this RenumberRequest to JSON.
             * @function toJSON
             * @memberof overlay.v1.RenumberRequest
             * @instance
             * @returns {Object.<string,*>} JSON object
             */
            RenumberRequest.prototype.toJSON = function toJSON() {
                return this.constructor.toObject(this, $protobuf.util.toJSONOptions);
            };

            return RenumberRequest;
        })();

        v1.RenumberReply = (function() {

            /**
             * Properties of a RenumberReply.
             * @memberof overlay.v1
             * @interface IRenumberReply
             * @property {string|null} [previous] RenumberReply previous
             * @property {string|null} [subnet] RenumberReply subnet
             * @property {string|null} [ipv6Subnet] RenumberReply ipv6Subnet
             */

            /**
             * Constructs a new RenumberReply.
             * @memberof overlay.v1
             * @classdesc Represents a RenumberReply.
             * @implements IRenumberReply
             * @constructor
             * @param {overlay.v1.IRenumberReply=} [properties] Properties to set
             */
            function RenumberReply(properties) {
                if (properties)
                    for (var keys = Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            }

            /**
             * RenumberReply previous.
             * @member {string} previous
             * @memberof overlay.v1.RenumberReply
             * @instance
             */
            RenumberReply.prototype.previous = "";

            /**
             * RenumberReply subnet.
             * @member {string} subnet
             * @memberof overlay.v1.RenumberReply
             * @instance
             */
            RenumberReply.prototype.subnet = "";

            /**
             * RenumberReply ipv6Subnet.
             * @member {string} ipv6Subnet
             * @memberof overlay.v1.RenumberReply
             * @instance
             */
            RenumberReply.prototype.ipv6Subnet = "";

            /**
             * Encodes the specified RenumberReply message. Does not implicitly {@link overlay.v1.RenumberReply.verify|verify} messages.
             * @function encode
             * @memberof overlay.v1.RenumberReply
             * @static
             * @param {overlay.v1.IRenumberReply} message RenumberReply message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            RenumberReply.encode = function encode(message, writer, q) {
                if (!writer)
                    writer = $Writer.create();
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                if (message.previous != null && Object.hasOwnProperty.call(message, "previous"))
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.previous);
                if (message.subnet != null && Object.hasOwnProperty.call(message, "subnet"))
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.subnet);
                if (message.ipv6Subnet != null && Object.hasOwnProperty.call(message, "ipv6Subnet"))
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.ipv6Subnet);
                return writer;
            };

            /**
             * Decodes a RenumberReply message from the specified reader or buffer.
             * @function decode
             * @memberof overlay.v1.RenumberReply
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {overlay.v1.RenumberReply} RenumberReply
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            RenumberReply.decode = function decode(reader, length, error, long) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (long === undefined)
                    long = 0;
                if (long > $Reader.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var end, message;
                if (length === undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = new $root.overlay.v1.RenumberReply();
                while (reader.pos < end) {
                    var tag = reader.uint32();
                    if (tag === error)
                        break;
                    switch (tag >>> 3) {
                    case 1: {
                            message.previous = reader.string();
                            break;
                        }
                    case 2: {
                            message.subnet = reader.string();
                            break;
                        }
                    case 3: {
                            message.ipv6Subnet = reader.string();
                            break;
                        }
                    default:
                        reader.skipType(tag & 7, long);
                        break;
                    }
                }
                if (length !== undefined) {
                    if (reader.pos !== end)
                        throw RangeError("index out of range");
                    reader.len = length;
                }
                return message;
            };

            /**
             * Creates a RenumberReply message from a plain object. Also converts values to their respective internal types.
             * @function fromObject
             * @memberof overlay.v1.RenumberReply
             * @static
             * @param {Object.<string,*>} object Plain object
             * @returns {overlay.v1.RenumberReply} RenumberReply
             */
            RenumberReply.fromObject = function fromObject(object, long) {
                if (object instanceof $root.overlay.v1.RenumberReply)
                    return object;
                if (!$util.isObject(object))
                    throw TypeError(".overlay.v1.RenumberReply: object expected");
                if (long === undefined)
                    long = 0;
                if (long > $util.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var message = new $root.overlay.v1.RenumberReply();
                if (object.previous != null)
                    message.previous = String(object.previous);
                if (object.subnet != null)
                    message.subnet = String(object.subnet);
                if (object.ipv6Subnet != null)
                    message.ipv6Subnet = String(object.ipv6Subnet);
                return message;
            };

            /**
             * Creates a plain object from a RenumberReply message. Also converts values to other types if specified.
             * @function toObject
             * @memberof overlay.v1.RenumberReply
             * @static
             * @param {overlay.v1.RenumberReply} message RenumberReply
             * @param {$protobuf.IConversionOptions} [options] Conversion options
             * @returns {Object.<string,*>} Plain object
             */
            RenumberReply.toObject = function toObject(message, options, q) {
                if (!options)
                    options = {};
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                var object = {};
                if (options.defaults) {
                    object.previous = "";
                    object.subnet = "";
                    object.ipv6Subnet = "";
                }
                if (message.previous != null && Object.hasOwnProperty.call(message, "previous"))
                    object.previous = message.previous;
                if (message.subnet != null && Object.hasOwnProperty.call(message, "subnet"))
                    object.subnet = message.subnet;
                if (message.ipv6Subnet != null && Object.hasOwnProperty.call(message, "ipv6Subnet"))
                    object.ipv6Subnet = message.ipv6Subnet;
                return object;
            };

            /**
             * Converts this RenumberReply to JSON.
             * @function toJSON
             * @memberof overlay.v1.RenumberReply
             * @instance
             * @returns {Object.<string,*>} JSON object
             */
            RenumberReply.prototype.toJSON = function toJSON() {
                return this.constructor.toObject(this, $protobuf.util.toJSONOptions);
            };

            return RenumberReply;
        })();

        v1.ResyncReply = (function() {

            /**
             * Properties of a ResyncReply.
             * @memberof overlay.v1
             * @interface IResyncReply
             * @property {number|null} [changes] ResyncReply changes
             */

            /**
             * Constructs a new ResyncReply.
             * @memberof overlay.v1
             * @classdesc Represents a ResyncReply.
             * @implements IResyncReply
             * @constructor
             * @param {overlay.v1.IResyncReply=} [properties] Properties to set
             */
            function ResyncReply(properties) {
                if (properties)
                    for (var keys = Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            }

            /**
             * ResyncReply changes.
             * @member {number} changes
             * @memberof overlay.v1.ResyncReply
             * @instance
             */
            ResyncReply.prototype.changes = 0;

            /**
             * Encodes the specified ResyncReply message. Does not implicitly {@link overlay.v1.ResyncReply.verify|verify} messages.
             * @function encode
             * @memberof overlay.v1.ResyncReply
             * @static
             * @param {overlay.v1.IResyncReply} message ResyncReply message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            ResyncReply.encode = function encode(message, writer, q) {
                if (!writer)
                    writer = $Writer.create();
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                if (message.changes != null && Object.hasOwnProperty.call(message, "changes"))
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.changes);
                return writer;
            };

            /**
             * Decodes a ResyncReply message from the specified reader or buffer.
             * @function decode
             * @memberof overlay.v1.ResyncReply
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {overlay.v1.ResyncReply} ResyncReply
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            ResyncReply.decode = function decode(reader, length, error, long) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (long === undefined)
                    long = 0;
                if (long > $Reader.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var end, message;
                if (length === undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = new $root.overlay.v1.ResyncReply();
                while (reader.pos < end) {
                    var tag = reader.uint32();
                    if (tag === error)
                        break;
                    switch (tag >>> 3) {
                    case 1: {
                            message.changes = reader.uint32();
                            break;
                        }
                    default:
                        reader.skipType(tag & 7, long);
                        break;
                    }
                }
                if (length !== undefined) {
                    if (reader.pos !== end)
                        throw RangeError("index out of range");
                    reader.len = length;
                }
                return message;
            };

            /**
             * Creates a ResyncReply message from a plain object. Also converts values to their respective internal types.
             * @function fromObject
             * @memberof overlay.v1.ResyncReply
             * @static
             * @param {Object.<string,*>} object Plain object
             * @returns {overlay.v1.ResyncReply} ResyncReply
             */
            ResyncReply.fromObject = function fromObject(object, long) {
                if (object instanceof $root.overlay.v1.ResyncReply)
                    return object;
                if (!$util.isObject(object))
                    throw TypeError(".overlay.v1.ResyncReply: object expected");
                if (long === undefined)
                    long = 0;
                if (long > $util.recursionLimit)
                    throw Error("maximum nesting depth exceeded");
                var message = new $root.overlay.v1.ResyncReply();
                if (object.changes != null)
                    message.changes = object.changes >>> 0;
                return message;
            };

            /**
             * Creates a plain object from a ResyncReply message. Also converts values to other types if specified.
             * @function toObject
             * @memberof overlay.v1.ResyncReply
             * @static
             * @param {overlay.v1.ResyncReply} message ResyncReply
             * @param {$protobuf.IConversionOptions} [options] Conversion options
             * @returns {Object.<string,*>} Plain object
             */
            ResyncReply.toObject = function toObject(message, options, q) {
                if (!options)
                    options = {};
                if (q === undefined)
                    q = 0;
                if (q > $util.recursionLimit)
                    throw Error("max depth exceeded");
                var object = {};
                if (options.defaults)
                    object.changes = 0;
                if (message.changes != null && Object.hasOwnProperty.call(message, "changes"))
                    object.changes = message.changes;
                return object;
            };

            /**
             * Converts this ResyncReply to JSON.
             * @function toJSON
             * @memberof overlay.v1.ResyncReply
             * @instance
             * @returns {Object.<string,*>} JSON object
             */
            ResyncReply.prototype.toJSON = function toJSON() {
                return this.constructor.toObject(this, $protobuf.util.toJSONOptions);
            };

            return ResyncReply;
        })();

        return v1;
    })();

    return overlay;
})();

module.exports = $root;
