import * as $protobuf from "protobufjs";
/** Namespace overlay. */
export namespace overlay {

    /** Namespace v1. */
    namespace v1 {

        /** Properties of a StatusRequest. */
        interface IStatusRequest {
        }

        /** Represents a StatusRequest. */
        class StatusRequest implements IStatusRequest {

            /**
             * Constructs a new StatusRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: overlay.v1.IStatusRequest);

            /**
             * Encodes the specified StatusRequest message. Does not implicitly {@link overlay.v1.StatusRequest.verify|verify} messages.
             * @param message StatusRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            public static encode(message: overlay.v1.IStatusRequest, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a StatusRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns StatusRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            public static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): overlay.v1.StatusRequest;

            /**
             * Creates a StatusRequest message from a plain object. Also converts values to their respective internal types.
             * @param object Plain object
             * @returns StatusRequest
             */
            public static fromObject(object: { [k: string]: any }): overlay.v1.StatusRequest;

            /**
             * Creates a plain object from a StatusRequest message. Also converts values to other types if specified.
             * @param message StatusRequest
             * @param [options] Conversion options
             * @returns Plain object
             */
            public static toObject(message: overlay.v1.StatusRequest, options?: $protobuf.IConversionOptions): { [k: string]: any };

            /**
             * Converts this StatusRequest to JSON.
             * @returns JSON object
             */
            public toJSON(): { [k: string]: any };
        }

        /** Properties of a LeasesRequest. */
        interface ILeasesRequest {
        }

        /** Represents a LeasesRequest. */
        class LeasesRequest implements ILeasesRequest {

            /**
             * Constructs a new LeasesRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: overlay.v1.ILeasesRequest);

            /**
             * Encodes the specified LeasesRequest message. Does not implicitly {@link overlay.v1.LeasesRequest.verify|verify} messages.
             * @param message LeasesRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            public static encode(message: overlay.v1.ILeasesRequest, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a LeasesRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns LeasesRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            public static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): overlay.v1.LeasesRequest;

            /**
             * Creates a LeasesRequest message from a plain object. Also converts values to their respective internal types.
             * @param object Plain object
             * @returns LeasesRequest
             */
            public static fromObject(object: { [k: string]: any }): overlay.v1.LeasesRequest;

            /**
             * Creates a plain object from a LeasesRequest message. Also converts values to other types if specified.
             * @param message LeasesRequest
             * @param [options] Conversion options
             * @returns Plain object
             */
            public static toObject(message: overlay.v1.LeasesRequest, options?: $protobuf.IConversionOptions): { [k: string]: any };

            /**
             * Converts this LeasesRequest to JSON.
             * @returns JSON object
             */
            public toJSON(): { [k: string]: any };
        }

        /** Properties of a PlanRequest. */
        interface IPlanRequest {
        }

        /** Represents a PlanRequest. */
        class PlanRequest implements IPlanRequest {

            /**
             * Constructs a new PlanRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: overlay.v1.IPlanRequest);

            /**
             * Encodes the specified PlanRequest message. Does not implicitly {@link overlay.v1.PlanRequest.verify|verify} messages.
             * @param message PlanRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            public static encode(message: overlay.v1.IPlanRequest, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a PlanRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns PlanRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            public static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): overlay.v1.PlanRequest;

            /**
             * Creates a PlanRequest message from a plain object. Also converts values to their respective internal types.
             * @param object Plain object
             * @returns PlanRequest
             */
            public static fromObject(object: { [k: string]: any }): overlay.v1.PlanRequest;

            /**
             * Creates a plain object from a PlanRequest message. Also converts values to other types if specified.
             * @param message PlanRequest
             * @param [options] Conversion options
             * @returns Plain object
             */
            public static toObject(message: overlay.v1.PlanRequest, options?: $protobuf.IConversionOptions): { [k: string]: any };

            /**
             * Converts this PlanRequest to JSON.
             * @returns JSON object
             */
            public toJSON(): { [k: string]: any };
        }

        /** Properties of a ResyncRequest. */
        interface IResyncRequest {
        }

        /** Represents a ResyncRequest. */
        class ResyncRequest implements IResyncRequest {

            /**
             * Constructs a new ResyncRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: overlay.v1.IResyncRequest);

            /**
             * Encodes the specified ResyncRequest message. Does not implicitly {@link overlay.v1.ResyncRequest.verify|verify} messages.
             * @param message ResyncRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            public static encode(message: overlay.v1.IResyncRequest, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ResyncRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns ResyncRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            public static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): overlay.v1.ResyncRequest;

            /**
             * Creates a ResyncRequest message from a plain object. Also converts values to their respective internal types.
             * @param object Plain object
             * @returns ResyncRequest
             */
            public static fromObject(object: { [k: string]: any }): overlay.v1.ResyncRequest;

            /**
             * Creates a plain object from a ResyncRequest message. Also converts values to other types if specified.
             * @param message ResyncRequest
             * @param [options] Conversion options
             * @returns Plain object
             */
            public static toObject(message: overlay.v1.ResyncRequest, options?: $protobuf.IConversionOptions): { [k: string]: any };

            /**
             * Converts this ResyncRequest to JSON.
             * @returns JSON object
             */
            public toJSON(): { [k: string]: any };
        }

        /** Properties of a Problem. */
        interface IProblem {

            /** Problem code */
            code?: (string|null);

            /** Problem message */
            message?: (string|null);
        }

        /** Represents a Problem. */
        class Problem implements IProblem {

            /**
             * Constructs a new Problem.
             * @param [properties] Properties to set
             */
            constructor(properties?: overlay.v1.IProblem);

            /** Problem code. */
            public code: string;

            /** Problem message. */
            public message: string;

            /**
             * Encodes the specified Problem message. Does not implicitly {@link overlay.v1.Problem.verify|verify} messages.
             * @param message Problem message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            public static encode(message: overlay.v1.IProblem, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Problem message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns Problem
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            public static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): overlay.v1.Problem;

            /**
             * Creates a Problem message from a plain object. Also converts values to their respective internal types.
             * @param object Plain object
             * @returns Problem
             */
            public static fromObject(object: { [k: string]: any }): overlay.v1.Problem;

            /**
             * Creates a plain object from a Problem message. Also converts values to other types if specified.
             * @param message Problem
             * @param [options] Conversion options
             * @returns Plain object
             */
            public static toObject(message: overlay.v1.Problem, options?: $protobuf.IConversionOptions): { [k: string]: any };

            /**
             * Converts this Problem to JSON.
             * @returns JSON object
             */
            public toJSON(): { [k: string]: any };
        }

        /** Properties of a StatusReply. */
        interface IStatusReply {

            /** StatusReply version */
            version?: (string|null);

            /** StatusReply instance */
            instance?: (string|null);

            /** StatusReply nodeId */
            nodeId?: (string|null);

            /** StatusReply hostname */
            hostname?: (string|null);

            /** StatusReply ready */
            ready?: (boolean|null);

            /** StatusReply notReady */
            notReady?: (string[]|null);

            /** StatusReply uptimeSeconds */
            uptimeSeconds?: (number|null);

            /** StatusReply lease */
            lease?: (overlay.v1.IOwnLease|null);

            /** StatusReply etcd */
            etcd?: (overlay.v1.IEtcd|null);

            /** StatusReply network */
            network?: (string|null);

            /** StatusReply ipv6Network */
            ipv6Network?: (string|null);

            /** StatusReply backend */
            backend?: (string|null);

            /** StatusReply mtu */
            mtu?: (number|null);

            /** StatusReply interface */
            "interface"?: (string|null);

            /** StatusReply peers */
            peers?: (overlay.v1.IPeers|null);

            /** StatusReply reconcile */
            reconcile?: (overlay.v1.IReconcile|null);

            /** StatusReply firewall */
            firewall?: (overlay.v1.IFirewall|null);

            /** StatusReply docker */
            docker?: (overlay.v1.IDocker|null);

            /** StatusReply problems */
            problems?: (overlay.v1.IProblem[]|null);

            /** StatusReply backends */
            backends?: (overlay.v1.IBackendRow[]|null);

            /** StatusReply mustRenumber */
            mustRenumber?: (boolean|null);
        }

        /** Represents a StatusReply. */
        class StatusReply implements IStatusReply {

            /**
             * Constructs a new StatusReply.
             * @param [properties] Properties to set
             */
            constructor(properties?: overlay.v1.IStatusReply);

            /** StatusReply version. */
            public version: string;

            /** StatusReply instance. */
            public instance: string;

            /** StatusReply nodeId. */
            public nodeId: string;

            /** StatusReply hostname. */
            public hostname: string;

            /** StatusReply ready. */
            public ready: boolean;

            /** StatusReply notReady. */
            public notReady: string[];

            /** StatusReply uptimeSeconds. */
            public uptimeSeconds: number;

            /** StatusReply lease. */
            public lease?: (overlay.v1.IOwnLease|null);

            /** StatusReply etcd. */
            public etcd?: (overlay.v1.IEtcd|null);

            /** StatusReply network. */
            public network: string;

            /** StatusReply ipv6Network. */
            public ipv6Network: string;

            /** StatusReply backend. */
            public backend: string;

            /** StatusReply mtu. */
            public mtu: number;

            /** StatusReply interface. */
            public interface: string;

            /** StatusReply peers. */
            public peers?: (overlay.v1.IPeers|null);

            /** StatusReply reconcile. */
            public reconcile?: (overlay.v1.IReconcile|null);

            /** StatusReply firewall. */
            public firewall?: (overlay.v1.IFirewall|null);

            /** StatusReply docker. */
            public docker?: (overlay.v1.IDocker|null);

            /** StatusReply problems. */
            public problems: overlay.v1.IProblem[];

            /** StatusReply backends. */
            public backends: overlay.v1.IBackendRow[];

            /** StatusReply mustRenumber. */
            public mustRenumber: boolean;

            /**
             * Encodes the specified StatusReply message. Does not implicitly {@link overlay.v1.StatusReply.verify|verify} messages.
             * @param message StatusReply message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            public static encode(message: overlay.v1.IStatusReply, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a StatusReply message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns StatusReply
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            public static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): overlay.v1.StatusReply;

            /**
             * Creates a StatusReply message from a plain object. Also converts values to their respective internal types.
             * @param object Plain object
             * @returns StatusReply
             */
            public static fromObject(object: { [k: string]: any }): overlay.v1.StatusReply;

            /**
             * Creates a plain object from a StatusReply message. Also converts values to other types if specified.
             * @param message StatusReply
             * @param [options] Conversion options
             * @returns Plain object
             */
            public static toObject(message: overlay.v1.StatusReply, options?: $protobuf.IConversionOptions): { [k: string]: any };

            /**
             * Converts this StatusReply to JSON.
             * @returns JSON object
             */
            public toJSON(): { [k: string]: any };
        }

        /** Properties of a BackendRow. */
        interface IBackendRow {

            /** BackendRow id */
            id?: (string|null);

            /** BackendRow type */
            type?: (string|null);

            /** BackendRow role */
            role?: (string|null);

            /** BackendRow announced */
            announced?: (boolean|null);

            /** BackendRow peers */
            peers?: (number|null);

            /** BackendRow neededBy */
            neededBy?: (string[]|null);

            /** BackendRow detail */
            detail?: (string|null);
        }

        /** Represents a BackendRow. */
        class BackendRow implements IBackendRow {

            /**
             * Constructs a new BackendRow.
             * @param [properties] Properties to set
             */
            constructor(properties?: overlay.v1.IBackendRow);

            /** BackendRow id. */
            public id: string;

            /** BackendRow type. */
            public type: string;

            /** BackendRow role. */
            public role: string;

            /** BackendRow announced. */
            public announced: boolean;

            /** BackendRow peers. */
            public peers: number;

            /** BackendRow neededBy. */
            public neededBy: string[];

            /** BackendRow detail. */
            public detail: string;

            /**
             * Encodes the specified BackendRow message. Does not implicitly {@link overlay.v1.BackendRow.verify|verify} messages.
             * @param message BackendRow message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            public static encode(message: overlay.v1.IBackendRow, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a BackendRow message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns BackendRow
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            public static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): overlay.v1.BackendRow;

            /**
             * Creates a BackendRow message from a plain object. Also converts values to their respective internal types.
             * @param object Plain object
             * @returns BackendRow
             */
            public static fromObject(object: { [k: string]: any }): overlay.v1.BackendRow;

            /**
             * Creates a plain object from a BackendRow message. Also converts values to other types if specified.
             * @param message BackendRow
             * @param [options] Conversion options
             * @returns Plain object
             */
            public static toObject(message: overlay.v1.BackendRow, options?: $protobuf.IConversionOptions): { [k: string]: any };

            /**
             * Converts this BackendRow to JSON.
             * @returns JSON object
             */
            public toJSON(): { [k: string]: any };
        }

        /** Properties of an OwnLease. */
        interface IOwnLease {

            /** OwnLease subnet */
            subnet?: (string|null);

            /** OwnLease ipv6Subnet */
            ipv6Subnet?: (string|null);

            /** OwnLease publicIp */
            publicIp?: (string|null);

            /** OwnLease publicIpv6 */
            publicIpv6?: (string|null);

            /** OwnLease state */
            state?: (string|null);

            /** OwnLease ttlSeconds */
            ttlSeconds?: (number|null);

            /** OwnLease expiresInSeconds */
            expiresInSeconds?: (number|null);
        }

        /** Represents an OwnLease. */
        class OwnLease implements IOwnLease {

            /**
             * Constructs a new OwnLease.
             * @param [properties] Properties to set
             */
            constructor(properties?: overlay.v1.IOwnLease);

            /** OwnLease subnet. */
            public subnet: string;

            /** OwnLease ipv6Subnet. */
            public ipv6Subnet: string;

            /** OwnLease publicIp. */
            public publicIp: string;

            /** OwnLease publicIpv6. */
            public publicIpv6: string;

            /** OwnLease state. */
            public state: string;

            /** OwnLease ttlSeconds. */
            public ttlSeconds: number;

            /** OwnLease expiresInSeconds. */
            public expiresInSeconds: number;

            /**
             * Encodes the specified OwnLease message. Does not implicitly {@link overlay.v1.OwnLease.verify|verify} messages.
             * @param message OwnLease message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            public static encode(message: overlay.v1.IOwnLease, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an OwnLease message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns OwnLease
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            public static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): overlay.v1.OwnLease;

            /**
             * Creates an OwnLease message from a plain object. Also converts values to their respective internal types.
             * @param object Plain object
             * @returns OwnLease
             */
            public static fromObject(object: { [k: string]: any }): overlay.v1.OwnLease;

            /**
             * Creates a plain object from an OwnLease message. Also converts values to other types if specified.
             * @param message OwnLease
             * @param [options] Conversion options
             * @returns Plain object
             */
            public static toObject(message: overlay.v1.OwnLease, options?: $protobuf.IConversionOptions): { [k: string]: any };

            /**
             * Converts this OwnLease to JSON.
             * @returns JSON object
             */
            public toJSON(): { [k: string]: any };
        }

        /** Properties of an Etcd. */
        interface IEtcd {

            /** Etcd connected */
            connected?: (boolean|null);

            /** Etcd endpoint */
            endpoint?: (string|null);

            /** Etcd version */
            version?: (string|null);

            /** Etcd revision */
            revision?: (string|null);

            /** Etcd detail */
            detail?: (string|null);

            /** Etcd prefix */
            prefix?: (string|null);

            /** Etcd secondsSinceContact */
            secondsSinceContact?: (number|null);
        }

        /** Represents an Etcd. */
        class Etcd implements IEtcd {

            /**
             * Constructs a new Etcd.
             * @param [properties] Properties to set
             */
            constructor(properties?: overlay.v1.IEtcd);

            /** Etcd connected. */
            public connected: boolean;

            /** Etcd endpoint. */
            public endpoint: string;

            /** Etcd version. */
            public version: string;

            /** Etcd revision. */
            public revision: string;

            /** Etcd detail. */
            public detail: string;

            /** Etcd prefix. */
            public prefix: string;

            /** Etcd secondsSinceContact. */
            public secondsSinceContact: number;

            /**
             * Encodes the specified Etcd message. Does not implicitly {@link overlay.v1.Etcd.verify|verify} messages.
             * @param message Etcd message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            public static encode(message: overlay.v1.IEtcd, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Etcd message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns Etcd
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            public static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): overlay.v1.Etcd;

            /**
             * Creates an Etcd message from a plain object. Also converts values to their respective internal types.
             * @param object Plain object
             * @returns Etcd
             */
            public static fromObject(object: { [k: string]: any }): overlay.v1.Etcd;

            /**
             * Creates a plain object from an Etcd message. Also converts values to other types if specified.
             * @param message Etcd
             * @param [options] Conversion options
             * @returns Plain object
             */
            public static toObject(message: overlay.v1.Etcd, options?: $protobuf.IConversionOptions): { [k: string]: any };

            /**
             * Converts this Etcd to JSON.
             * @returns JSON object
             */
            public toJSON(): { [k: string]: any };
        }

        /** Properties of a Peers. */
        interface IPeers {

            /** Peers total */
            total?: (number|null);

            /** Peers programmed */
            programmed?: (number|null);

            /** Peers rejected */
            rejected?: (number|null);

            /** Peers otherBackend */
            otherBackend?: (number|null);
        }

        /** Represents a Peers. */
        class Peers implements IPeers {

            /**
             * Constructs a new Peers.
             * @param [properties] Properties to set
             */
            constructor(properties?: overlay.v1.IPeers);

            /** Peers total. */
            public total: number;

            /** Peers programmed. */
            public programmed: number;

            /** Peers rejected. */
            public rejected: number;

            /** Peers otherBackend. */
            public otherBackend: number;

            /**
             * Encodes the specified Peers message. Does not implicitly {@link overlay.v1.Peers.verify|verify} messages.
             * @param message Peers message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            public static encode(message: overlay.v1.IPeers, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Peers message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns Peers
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            public static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): overlay.v1.Peers;

            /**
             * Creates a Peers message from a plain object. Also converts values to their respective internal types.
             * @param object Plain object
             * @returns Peers
             */
            public static fromObject(object: { [k: string]: any }): overlay.v1.Peers;

            /**
             * Creates a plain object from a Peers message. Also converts values to other types if specified.
             * @param message Peers
             * @param [options] Conversion options
             * @returns Plain object
             */
            public static toObject(message: overlay.v1.Peers, options?: $protobuf.IConversionOptions): { [k: string]: any };

            /**
             * Converts this Peers to JSON.
             * @returns JSON object
             */
            public toJSON(): { [k: string]: any };
        }

        /** Properties of a Reconcile. */
        interface IReconcile {

            /** Reconcile fullPasses */
            fullPasses?: (number|null);

            /** Reconcile incrementalPasses */
            incrementalPasses?: (number|null);

            /** Reconcile changes */
            changes?: (number|null);

            /** Reconcile repaired */
            repaired?: (number|null);

            /** Reconcile failing */
            failing?: (number|null);

            /** Reconcile failures */
            failures?: (string[]|null);

            /** Reconcile lastFullSecondsAgo */
            lastFullSecondsAgo?: (number|null);
        }

        /** Represents a Reconcile. */
        class Reconcile implements IReconcile {

            /**
             * Constructs a new Reconcile.
             * @param [properties] Properties to set
             */
            constructor(properties?: overlay.v1.IReconcile);

            /** Reconcile fullPasses. */
            public fullPasses: number;

            /** Reconcile incrementalPasses. */
            public incrementalPasses: number;

            /** Reconcile changes. */
            public changes: number;

            /** Reconcile repaired. */
            public repaired: number;

            /** Reconcile failing. */
            public failing: number;

            /** Reconcile failures. */
            public failures: string[];

            /** Reconcile lastFullSecondsAgo. */
            public lastFullSecondsAgo: number;

            /**
             * Encodes the specified Reconcile message. Does not implicitly {@link overlay.v1.Reconcile.verify|verify} messages.
             * @param message Reconcile message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            public static encode(message: overlay.v1.IReconcile, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Reconcile message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns Reconcile
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            public static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): overlay.v1.Reconcile;

            /**
             * Creates a Reconcile message from a plain object. Also converts values to their respective internal types.
             * @param object Plain object
             * @returns Reconcile
             */
            public static fromObject(object: { [k: string]: any }): overlay.v1.Reconcile;

            /**
             * Creates a plain object from a Reconcile message. Also converts values to other types if specified.
             * @param message Reconcile
             * @param [options] Conversion options
             * @returns Plain object
             */
            public static toObject(message: overlay.v1.Reconcile, options?: $protobuf.IConversionOptions): { [k: string]: any };

            /**
             * Converts this Reconcile to JSON.
             * @returns JSON object
             */
            public toJSON(): { [k: string]: any };
        }

        /** Properties of a Firewall. */
        interface IFirewall {

            /** Firewall backend */
            backend?: (string|null);

            /** Firewall dockerRules */
            dockerRules?: (string|null);

            /** Firewall written */
            written?: (number|null);

            /** Firewall obstacles */
            obstacles?: (string[]|null);
        }

        /** Represents a Firewall. */
        class Firewall implements IFirewall {

            /**
             * Constructs a new Firewall.
             * @param [properties] Properties to set
             */
            constructor(properties?: overlay.v1.IFirewall);

            /** Firewall backend. */
            public backend: string;

            /** Firewall dockerRules. */
            public dockerRules: string;

            /** Firewall written. */
            public written: number;

            /** Firewall obstacles. */
            public obstacles: string[];

            /**
             * Encodes the specified Firewall message. Does not implicitly {@link overlay.v1.Firewall.verify|verify} messages.
             * @param message Firewall message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            public static encode(message: overlay.v1.IFirewall, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Firewall message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns Firewall
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            public static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): overlay.v1.Firewall;

            /**
             * Creates a Firewall message from a plain object. Also converts values to their respective internal types.
             * @param object Plain object
             * @returns Firewall
             */
            public static fromObject(object: { [k: string]: any }): overlay.v1.Firewall;

            /**
             * Creates a plain object from a Firewall message. Also converts values to other types if specified.
             * @param message Firewall
             * @param [options] Conversion options
             * @returns Plain object
             */
            public static toObject(message: overlay.v1.Firewall, options?: $protobuf.IConversionOptions): { [k: string]: any };

            /**
             * Converts this Firewall to JSON.
             * @returns JSON object
             */
            public toJSON(): { [k: string]: any };
        }

        /** Properties of a Docker. */
        interface IDocker {

            /** Docker mode */
            mode?: (string|null);

            /** Docker reachable */
            reachable?: (boolean|null);

            /** Docker version */
            version?: (string|null);

            /** Docker state */
            state?: (string|null);

            /** Docker bridge */
            bridge?: (string|null);

            /** Docker subnet */
            subnet?: (string|null);

            /** Docker problems */
            problems?: (overlay.v1.IProblem[]|null);
        }

        /** Represents a Docker. */
        class Docker implements IDocker {

            /**
             * Constructs a new Docker.
             * @param [properties] Properties to set
             */
            constructor(properties?: overlay.v1.IDocker);

            /** Docker mode. */
            public mode: string;

            /** Docker reachable. */
            public reachable: boolean;

            /** Docker version. */
            public version: string;

            /** Docker state. */
            public state: string;

            /** Docker bridge. */
            public bridge: string;

            /** Docker subnet. */
            public subnet: string;

            /** Docker problems. */
            public problems: overlay.v1.IProblem[];

            /**
             * Encodes the specified Docker message. Does not implicitly {@link overlay.v1.Docker.verify|verify} messages.
             * @param message Docker message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            public static encode(message: overlay.v1.IDocker, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Docker message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns Docker
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            public static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): overlay.v1.Docker;

            /**
             * Creates a Docker message from a plain object. Also converts values to their respective internal types.
             * @param object Plain object
             * @returns Docker
             */
            public static fromObject(object: { [k: string]: any }): overlay.v1.Docker;

            /**
             * Creates a plain object from a Docker message. Also converts values to other types if specified.
             * @param message Docker
             * @param [options] Conversion options
             * @returns Plain object
             */
            public static toObject(message: overlay.v1.Docker, options?: $protobuf.IConversionOptions): { [k: string]: any };

            /**
             * Converts this Docker to JSON.
             * @returns JSON object
             */
            public toJSON(): { [k: string]: any };
        }

        /** Properties of a LeaseRow. */
        interface ILeaseRow {

            /** LeaseRow subnet */
            subnet?: (string|null);

            /** LeaseRow ipv6Subnet */
            ipv6Subnet?: (string|null);

            /** LeaseRow node */
            node?: (string|null);

            /** LeaseRow nodeId */
            nodeId?: (string|null);

            /** LeaseRow publicIp */
            publicIp?: (string|null);

            /** LeaseRow publicIpv6 */
            publicIpv6?: (string|null);

            /** LeaseRow backend */
            backend?: (string|null);

            /** LeaseRow own */
            own?: (boolean|null);

            /** LeaseRow reservation */
            reservation?: (boolean|null);

            /** LeaseRow state */
            state?: (string|null);

            /** LeaseRow reason */
            reason?: (string|null);

            /** LeaseRow modRevision */
            modRevision?: (string|null);

            /** LeaseRow createRevision */
            createRevision?: (string|null);

            /** LeaseRow backendData */
            backendData?: (string|null);

            /** LeaseRow version */
            version?: (string|null);

            /** LeaseRow etcdLease */
            etcdLease?: (string|null);

            /** LeaseRow name */
            name?: (string|null);

            /** LeaseRow way */
            way?: (string|null);

            /** LeaseRow backends */
            backends?: (string[]|null);

            /** LeaseRow mustRenumber */
            mustRenumber?: (boolean|null);
        }

        /** Represents a LeaseRow. */
        class LeaseRow implements ILeaseRow {

            /**
             * Constructs a new LeaseRow.
             * @param [properties] Properties to set
             */
            constructor(properties?: overlay.v1.ILeaseRow);

            /** LeaseRow subnet. */
            public subnet: string;

            /** LeaseRow ipv6Subnet. */
            public ipv6Subnet: string;

            /** LeaseRow node. */
            public node: string;

            /** LeaseRow nodeId. */
            public nodeId: string;

            /** LeaseRow publicIp. */
            public publicIp: string;

            /** LeaseRow publicIpv6. */
            public publicIpv6: string;

            /** LeaseRow backend. */
            public backend: string;

            /** LeaseRow own. */
            public own: boolean;

            /** LeaseRow reservation. */
            public reservation: boolean;

            /** LeaseRow state. */
            public state: string;

            /** LeaseRow reason. */
            public reason: string;

            /** LeaseRow modRevision. */
            public modRevision: string;

            /** LeaseRow createRevision. */
            public createRevision: string;

            /** LeaseRow backendData. */
            public backendData: string;

            /** LeaseRow version. */
            public version: string;

            /** LeaseRow etcdLease. */
            public etcdLease: string;

            /** LeaseRow name. */
            public name: string;

            /** LeaseRow way. */
            public way: string;

            /** LeaseRow backends. */
            public backends: string[];

            /** LeaseRow mustRenumber. */
            public mustRenumber: boolean;

            /**
             * Encodes the specified LeaseRow message. Does not implicitly {@link overlay.v1.LeaseRow.verify|verify} messages.
             * @param message LeaseRow message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            public static encode(message: overlay.v1.ILeaseRow, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a LeaseRow message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns LeaseRow
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            public static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): overlay.v1.LeaseRow;

            /**
             * Creates a LeaseRow message from a plain object. Also converts values to their respective internal types.
             * @param object Plain object
             * @returns LeaseRow
             */
            public static fromObject(object: { [k: string]: any }): overlay.v1.LeaseRow;

            /**
             * Creates a plain object from a LeaseRow message. Also converts values to other types if specified.
             * @param message LeaseRow
             * @param [options] Conversion options
             * @returns Plain object
             */
            public static toObject(message: overlay.v1.LeaseRow, options?: $protobuf.IConversionOptions): { [k: string]: any };

            /**
             * Converts this LeaseRow to JSON.
             * @returns JSON object
             */
            public toJSON(): { [k: string]: any };
        }

        /** Properties of a LeasesReply. */
        interface ILeasesReply {

            /** LeasesReply leases */
            leases?: (overlay.v1.ILeaseRow[]|null);

            /** LeasesReply revision */
            revision?: (string|null);
        }

        /** Represents a LeasesReply. */
        class LeasesReply implements ILeasesReply {

            /**
             * Constructs a new LeasesReply.
             * @param [properties] Properties to set
             */
            constructor(properties?: overlay.v1.ILeasesReply);

            /** LeasesReply leases. */
            public leases: overlay.v1.ILeaseRow[];

            /** LeasesReply revision. */
            public revision: string;

            /**
             * Encodes the specified LeasesReply message. Does not implicitly {@link overlay.v1.LeasesReply.verify|verify} messages.
             * @param message LeasesReply message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            public static encode(message: overlay.v1.ILeasesReply, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a LeasesReply message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns LeasesReply
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            public static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): overlay.v1.LeasesReply;

            /**
             * Creates a LeasesReply message from a plain object. Also converts values to their respective internal types.
             * @param object Plain object
             * @returns LeasesReply
             */
            public static fromObject(object: { [k: string]: any }): overlay.v1.LeasesReply;

            /**
             * Creates a plain object from a LeasesReply message. Also converts values to other types if specified.
             * @param message LeasesReply
             * @param [options] Conversion options
             * @returns Plain object
             */
            public static toObject(message: overlay.v1.LeasesReply, options?: $protobuf.IConversionOptions): { [k: string]: any };

            /**
             * Converts this LeasesReply to JSON.
             * @returns JSON object
             */
            public toJSON(): { [k: string]: any };
        }

        /** Properties of an ExplainRequest. */
        interface IExplainRequest {

            /** ExplainRequest address */
            address?: (string|null);
        }

        /** Represents an ExplainRequest. */
        class ExplainRequest implements IExplainRequest {

            /**
             * Constructs a new ExplainRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: overlay.v1.IExplainRequest);

            /** ExplainRequest address. */
            public address: string;

            /**
             * Encodes the specified ExplainRequest message. Does not implicitly {@link overlay.v1.ExplainRequest.verify|verify} messages.
             * @param message ExplainRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            public static encode(message: overlay.v1.IExplainRequest, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an ExplainRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns ExplainRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            public static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): overlay.v1.ExplainRequest;

            /**
             * Creates an ExplainRequest message from a plain object. Also converts values to their respective internal types.
             * @param object Plain object
             * @returns ExplainRequest
             */
            public static fromObject(object: { [k: string]: any }): overlay.v1.ExplainRequest;

            /**
             * Creates a plain object from an ExplainRequest message. Also converts values to other types if specified.
             * @param message ExplainRequest
             * @param [options] Conversion options
             * @returns Plain object
             */
            public static toObject(message: overlay.v1.ExplainRequest, options?: $protobuf.IConversionOptions): { [k: string]: any };

            /**
             * Converts this ExplainRequest to JSON.
             * @returns JSON object
             */
            public toJSON(): { [k: string]: any };
        }

        /** Properties of a Fact. */
        interface IFact {

            /** Fact name */
            name?: (string|null);

            /** Fact value */
            value?: (string|null);
        }

        /** Represents a Fact. */
        class Fact implements IFact {

            /**
             * Constructs a new Fact.
             * @param [properties] Properties to set
             */
            constructor(properties?: overlay.v1.IFact);

            /** Fact name. */
            public name: string;

            /** Fact value. */
            public value: string;

            /**
             * Encodes the specified Fact message. Does not implicitly {@link overlay.v1.Fact.verify|verify} messages.
             * @param message Fact message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            public static encode(message: overlay.v1.IFact, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Fact message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns Fact
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            public static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): overlay.v1.Fact;

            /**
             * Creates a Fact message from a plain object. Also converts values to their respective internal types.
             * @param object Plain object
             * @returns Fact
             */
            public static fromObject(object: { [k: string]: any }): overlay.v1.Fact;

            /**
             * Creates a plain object from a Fact message. Also converts values to other types if specified.
             * @param message Fact
             * @param [options] Conversion options
             * @returns Plain object
             */
            public static toObject(message: overlay.v1.Fact, options?: $protobuf.IConversionOptions): { [k: string]: any };

            /**
             * Converts this Fact to JSON.
             * @returns JSON object
             */
            public toJSON(): { [k: string]: any };
        }

        /** Properties of an ExplainReply. */
        interface IExplainReply {

            /** ExplainReply address */
            address?: (string|null);

            /** ExplainReply verdict */
            verdict?: (string|null);

            /** ExplainReply summary */
            summary?: (string|null);

            /** ExplainReply lease */
            lease?: (overlay.v1.ILeaseRow|null);

            /** ExplainReply device */
            device?: (string|null);

            /** ExplainReply nextHop */
            nextHop?: (string|null);

            /** ExplainReply mtu */
            mtu?: (number|null);

            /** ExplainReply kernelRoute */
            kernelRoute?: (string|null);

            /** ExplainReply obstacles */
            obstacles?: (string[]|null);

            /** ExplainReply facts */
            facts?: (overlay.v1.IFact[]|null);
        }

        /** Represents an ExplainReply. */
        class ExplainReply implements IExplainReply {

            /**
             * Constructs a new ExplainReply.
             * @param [properties] Properties to set
             */
            constructor(properties?: overlay.v1.IExplainReply);

            /** ExplainReply address. */
            public address: string;

            /** ExplainReply verdict. */
            public verdict: string;

            /** ExplainReply summary. */
            public summary: string;

            /** ExplainReply lease. */
            public lease?: (overlay.v1.ILeaseRow|null);

            /** ExplainReply device. */
            public device: string;

            /** ExplainReply nextHop. */
            public nextHop: string;

            /** ExplainReply mtu. */
            public mtu: number;

            /** ExplainReply kernelRoute. */
            public kernelRoute: string;

            /** ExplainReply obstacles. */
            public obstacles: string[];

            /** ExplainReply facts. */
            public facts: overlay.v1.IFact[];

            /**
             * Encodes the specified ExplainReply message. Does not implicitly {@link overlay.v1.ExplainReply.verify|verify} messages.
             * @param message ExplainReply message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            public static encode(message: overlay.v1.IExplainReply, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an ExplainReply message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns ExplainReply
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            public static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): overlay.v1.ExplainReply;

            /**
             * Creates an ExplainReply message from a plain object. Also converts values to their respective internal types.
             * @param object Plain object
             * @returns ExplainReply
             */
            public static fromObject(object: { [k: string]: any }): overlay.v1.ExplainReply;

            /**
             * Creates a plain object from an ExplainReply message. Also converts values to other types if specified.
             * @param message ExplainReply
             * @param [options] Conversion options
             * @returns Plain object
             */
            public static toObject(message: overlay.v1.ExplainReply, options?: $protobuf.IConversionOptions): { [k: string]: any };

            /**
             * Converts this ExplainReply to JSON.
             * @returns JSON object
             */
            public toJSON(): { [k: string]: any };
        }

        /** Properties of a DoctorRequest. */
        interface IDoctorRequest {

            /** DoctorRequest probe */
            probe?: (boolean|null);
        }

        /** Represents a DoctorRequest. */
        class DoctorRequest implements IDoctorRequest {

            /**
             * Constructs a new DoctorRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: overlay.v1.IDoctorRequest);

            /** DoctorRequest probe. */
            public probe: boolean;

            /**
             * Encodes the specified DoctorRequest message. Does not implicitly {@link overlay.v1.DoctorRequest.verify|verify} messages.
             * @param message DoctorRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            public static encode(message: overlay.v1.IDoctorRequest, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a DoctorRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns DoctorRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            public static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): overlay.v1.DoctorRequest;

            /**
             * Creates a DoctorRequest message from a plain object. Also converts values to their respective internal types.
             * @param object Plain object
             * @returns DoctorRequest
             */
            public static fromObject(object: { [k: string]: any }): overlay.v1.DoctorRequest;

            /**
             * Creates a plain object from a DoctorRequest message. Also converts values to other types if specified.
             * @param message DoctorRequest
             * @param [options] Conversion options
             * @returns Plain object
             */
            public static toObject(message: overlay.v1.DoctorRequest, options?: $protobuf.IConversionOptions): { [k: string]: any };

            /**
             * Converts this DoctorRequest to JSON.
             * @returns JSON object
             */
            public toJSON(): { [k: string]: any };
        }

        /** Properties of a Check. */
        interface ICheck {

            /** Check name */
            name?: (string|null);

            /** Check result */
            result?: (string|null);

            /** Check detail */
            detail?: (string|null);

            /** Check advice */
            advice?: (string|null);
        }

        /** Represents a Check. */
        class Check implements ICheck {

            /**
             * Constructs a new Check.
             * @param [properties] Properties to set
             */
            constructor(properties?: overlay.v1.ICheck);

            /** Check name. */
            public name: string;

            /** Check result. */
            public result: string;

            /** Check detail. */
            public detail: string;

            /** Check advice. */
            public advice: string;

            /**
             * Encodes the specified Check message. Does not implicitly {@link overlay.v1.Check.verify|verify} messages.
             * @param message Check message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            public static encode(message: overlay.v1.ICheck, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Check message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns Check
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            public static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): overlay.v1.Check;

            /**
             * Creates a Check message from a plain object. Also converts values to their respective internal types.
             * @param object Plain object
             * @returns Check
             */
            public static fromObject(object: { [k: string]: any }): overlay.v1.Check;

            /**
             * Creates a plain object from a Check message. Also converts values to other types if specified.
             * @param message Check
             * @param [options] Conversion options
             * @returns Plain object
             */
            public static toObject(message: overlay.v1.Check, options?: $protobuf.IConversionOptions): { [k: string]: any };

            /**
             * Converts this Check to JSON.
             * @returns JSON object
             */
            public toJSON(): { [k: string]: any };
        }

        /** Properties of a PlannedChange. */
        interface IPlannedChange {

            /** PlannedChange op */
            op?: (string|null);

            /** PlannedChange type */
            type?: (string|null);

            /** PlannedChange object */
            object?: (string|null);
        }

        /** Represents a PlannedChange. */
        class PlannedChange implements IPlannedChange {

            /**
             * Constructs a new PlannedChange.
             * @param [properties] Properties to set
             */
            constructor(properties?: overlay.v1.IPlannedChange);

            /** PlannedChange op. */
            public op: string;

            /** PlannedChange type. */
            public type: string;

            /** PlannedChange object. */
            public object: string;

            /**
             * Encodes the specified PlannedChange message. Does not implicitly {@link overlay.v1.PlannedChange.verify|verify} messages.
             * @param message PlannedChange message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            public static encode(message: overlay.v1.IPlannedChange, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a PlannedChange message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns PlannedChange
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            public static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): overlay.v1.PlannedChange;

            /**
             * Creates a PlannedChange message from a plain object. Also converts values to their respective internal types.
             * @param object Plain object
             * @returns PlannedChange
             */
            public static fromObject(object: { [k: string]: any }): overlay.v1.PlannedChange;

            /**
             * Creates a plain object from a PlannedChange message. Also converts values to other types if specified.
             * @param message PlannedChange
             * @param [options] Conversion options
             * @returns Plain object
             */
            public static toObject(message: overlay.v1.PlannedChange, options?: $protobuf.IConversionOptions): { [k: string]: any };

            /**
             * Converts this PlannedChange to JSON.
             * @returns JSON object
             */
            public toJSON(): { [k: string]: any };
        }

        /** Properties of a PlanReply. */
        interface IPlanReply {

            /** PlanReply changes */
            changes?: (overlay.v1.IPlannedChange[]|null);

            /** PlanReply objects */
            objects?: (string[]|null);

            /** PlanReply firewall */
            firewall?: (string[]|null);
        }

        /** Represents a PlanReply. */
        class PlanReply implements IPlanReply {

            /**
             * Constructs a new PlanReply.
             * @param [properties] Properties to set
             */
            constructor(properties?: overlay.v1.IPlanReply);

            /** PlanReply changes. */
            public changes: overlay.v1.IPlannedChange[];

            /** PlanReply objects. */
            public objects: string[];

            /** PlanReply firewall. */
            public firewall: string[];

            /**
             * Encodes the specified PlanReply message. Does not implicitly {@link overlay.v1.PlanReply.verify|verify} messages.
             * @param message PlanReply message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            public static encode(message: overlay.v1.IPlanReply, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a PlanReply message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns PlanReply
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            public static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): overlay.v1.PlanReply;

            /**
             * Creates a PlanReply message from a plain object. Also converts values to their respective internal types.
             * @param object Plain object
             * @returns PlanReply
             */
            public static fromObject(object: { [k: string]: any }): overlay.v1.PlanReply;

            /**
             * Creates a plain object from a PlanReply message. Also converts values to other types if specified.
             * @param message PlanReply
             * @param [options] Conversion options
             * @returns Plain object
             */
            public static toObject(message: overlay.v1.PlanReply, options?: $protobuf.IConversionOptions): { [k: string]: any };

            /**
             * Converts this PlanReply to JSON.
             * @returns JSON object
             */
            public toJSON(): { [k: string]: any };
        }

        /** Properties of a RenumberRequest. */
        interface IRenumberRequest {
        }

        /** Represents a RenumberRequest. */
        class RenumberRequest implements IRenumberRequest {

            /**
             * Constructs a new RenumberRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: overlay.v1.IRenumberRequest);

            /**
             * Encodes the specified RenumberRequest message. Does not implicitly {@link overlay.v1.RenumberRequest.verify|verify} messages.
             * @param message RenumberRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            public static encode(message: overlay.v1.IRenumberRequest, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a RenumberRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns RenumberRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            public static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): overlay.v1.RenumberRequest;

            /**
             * Creates a RenumberRequest message from a plain object. Also converts values to their respective internal types.
             * @param object Plain object
             * @returns RenumberRequest
             */
            public static fromObject(object: { [k: string]: any }): overlay.v1.RenumberRequest;

            /**
             * Creates a plain object from a RenumberRequest message. Also converts values to other types if specified.
             * @param message RenumberRequest
             * @param [options] Conversion options
             * @returns Plain object
             */
            public static toObject(message: overlay.v1.RenumberRequest, options?: $protobuf.IConversionOptions): { [k: string]: any };

            /**
             * Converts this RenumberRequest to JSON.
             * @returns JSON object
             */
            public toJSON(): { [k: string]: any };
        }

        /** Properties of a RenumberReply. */
        interface IRenumberReply {

            /** RenumberReply previous */
            previous?: (string|null);

            /** RenumberReply subnet */
            subnet?: (string|null);

            /** RenumberReply ipv6Subnet */
            ipv6Subnet?: (string|null);
        }

        /** Represents a RenumberReply. */
        class RenumberReply implements IRenumberReply {

            /**
             * Constructs a new RenumberReply.
             * @param [properties] Properties to set
             */
            constructor(properties?: overlay.v1.IRenumberReply);

            /** RenumberReply previous. */
            public previous: string;

            /** RenumberReply subnet. */
            public subnet: string;

            /** RenumberReply ipv6Subnet. */
            public ipv6Subnet: string;

            /**
             * Encodes the specified RenumberReply message. Does not implicitly {@link overlay.v1.RenumberReply.verify|verify} messages.
             * @param message RenumberReply message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            public static encode(message: overlay.v1.IRenumberReply, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a RenumberReply message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns RenumberReply
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            public static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): overlay.v1.RenumberReply;

            /**
             * Creates a RenumberReply message from a plain object. Also converts values to their respective internal types.
             * @param object Plain object
             * @returns RenumberReply
             */
            public static fromObject(object: { [k: string]: any }): overlay.v1.RenumberReply;

            /**
             * Creates a plain object from a RenumberReply message. Also converts values to other types if specified.
             * @param message RenumberReply
             * @param [options] Conversion options
             * @returns Plain object
             */
            public static toObject(message: overlay.v1.RenumberReply, options?: $protobuf.IConversionOptions): { [k: string]: any };

            /**
             * Converts this RenumberReply to JSON.
             * @returns JSON object
             */
            public toJSON(): { [k: string]: any };
        }

        /** Properties of a ResyncReply. */
        interface IResyncReply {

            /** ResyncReply changes */
            changes?: (number|null);
        }

        /** Represents a ResyncReply. */
        class ResyncReply implements IResyncReply {

            /**
             * Constructs a new ResyncReply.
             * @param [properties] Properties to set
             */
            constructor(properties?: overlay.v1.IResyncReply);

            /** ResyncReply changes. */
            public changes: number;

            /**
             * Encodes the specified ResyncReply message. Does not implicitly {@link overlay.v1.ResyncReply.verify|verify} messages.
             * @param message ResyncReply message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            public static encode(message: overlay.v1.IResyncReply, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ResyncReply message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns ResyncReply
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            public static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): overlay.v1.ResyncReply;

            /**
             * Creates a ResyncReply message from a plain object. Also converts values to their respective internal types.
             * @param object Plain object
             * @returns ResyncReply
             */
            public static fromObject(object: { [k: string]: any }): overlay.v1.ResyncReply;

            /**
             * Creates a plain object from a ResyncReply message. Also converts values to other types if specified.
             * @param message ResyncReply
             * @param [options] Conversion options
             * @returns Plain object
             */
            public static toObject(message: overlay.v1.ResyncReply, options?: $protobuf.IConversionOptions): { [k: string]: any };

            /**
             * Converts this ResyncReply to JSON.
             * @returns JSON object
             */
            public toJSON(): { [k: string]: any };
        }
    }
}
