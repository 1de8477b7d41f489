/** What a framework and the master say to each other (`/api/v1/scheduler`). */

import type {
  AgentID,
  Empty,
  ExecutorID,
  Filters,
  FrameworkID,
  OfferID,
  OperationID,
  ResourceProviderID,
  TaskID,
} from "./messages_basics.ts";
import type {
  FrameworkInfo,
  InverseOffer,
  MasterInfo,
  Offer,
  OfferOperation,
  OperationStatus,
  Request,
} from "./messages_cluster.ts";
import type { KillPolicy, TaskStatus } from "./messages_task.ts";

/**
 * An event of the master. One of a type that this program does not know is `UNKNOWN`: newer masters may send some.
 */
export type SchedulerEvent =
  | { readonly type: "SUBSCRIBED"; readonly subscribed: SchedulerEventSubscribed }
  | { readonly type: "OFFERS"; readonly offers: SchedulerEventOffers }
  | { readonly type: "INVERSE_OFFERS"; readonly inverse_offers: SchedulerEventInverseOffers }
  | { readonly type: "RESCIND"; readonly rescind: SchedulerEventRescind }
  | {
    readonly type: "RESCIND_INVERSE_OFFER";
    readonly rescind_inverse_offer: SchedulerEventRescindInverseOffer;
  }
  | { readonly type: "UPDATE"; readonly update: SchedulerEventUpdate }
  | {
    readonly type: "UPDATE_OPERATION_STATUS";
    readonly update_operation_status: SchedulerEventUpdateOperationStatus;
  }
  | { readonly type: "MESSAGE"; readonly message: SchedulerEventMessage }
  | { readonly type: "FAILURE"; readonly failure: SchedulerEventFailure }
  | { readonly type: "ERROR"; readonly error: SchedulerEventError }
  | { readonly type: "HEARTBEAT" }
  | { readonly type: "UNKNOWN" };

/**
 * A call to the master. `framework_id` is absent only from the very first SUBSCRIBE. `UNKNOWN` stands for a type that
 * this program does not know; it is never sent.
 */
export type SchedulerCall =
  & { readonly framework_id?: FrameworkID }
  & (
    | { readonly type: "SUBSCRIBE"; readonly subscribe: SchedulerCallSubscribe }
    | { readonly type: "TEARDOWN" }
    | { readonly type: "ACCEPT"; readonly accept: SchedulerCallAccept }
    | { readonly type: "DECLINE"; readonly decline: SchedulerCallDecline }
    | {
      readonly type: "ACCEPT_INVERSE_OFFERS";
      readonly accept_inverse_offers: SchedulerCallAcceptInverseOffers;
    }
    | {
      readonly type: "DECLINE_INVERSE_OFFERS";
      readonly decline_inverse_offers: SchedulerCallDeclineInverseOffers;
    }
    | { readonly type: "REVIVE"; readonly revive?: SchedulerCallRevive }
    | { readonly type: "KILL"; readonly kill: SchedulerCallKill }
    | { readonly type: "SHUTDOWN"; readonly shutdown: SchedulerCallShutdown }
    | { readonly type: "ACKNOWLEDGE"; readonly acknowledge: SchedulerCallAcknowledge }
    | {
      readonly type: "ACKNOWLEDGE_OPERATION_STATUS";
      readonly acknowledge_operation_status: SchedulerCallAcknowledgeOperationStatus;
    }
    | { readonly type: "RECONCILE"; readonly reconcile: SchedulerCallReconcile }
    | {
      readonly type: "RECONCILE_OPERATIONS";
      readonly reconcile_operations: SchedulerCallReconcileOperations;
    }
    | { readonly type: "MESSAGE"; readonly message: SchedulerCallMessage }
    | { readonly type: "REQUEST"; readonly request: SchedulerCallRequest }
    | { readonly type: "SUPPRESS"; readonly suppress?: SchedulerCallSuppress }
    | { readonly type: "UPDATE_FRAMEWORK"; readonly update_framework: SchedulerCallUpdateFramework }
    | { readonly type: "UNKNOWN" }
  );

/** The subscription stands. */
export interface SchedulerEventSubscribed {
  readonly framework_id: FrameworkID;
  readonly heartbeat_interval_seconds?: number;
  readonly master_info?: MasterInfo;
}

/** New offers. */
export interface SchedulerEventOffers {
  readonly offers?: readonly Offer[];
}

/** New inverse offers. */
export interface SchedulerEventInverseOffers {
  readonly inverse_offers?: readonly InverseOffer[];
}

/** An offer is void. */
export interface SchedulerEventRescind {
  readonly offer_id: OfferID;
}

/** An inverse offer is void. */
export interface SchedulerEventRescindInverseOffer {
  readonly inverse_offer_id: OfferID;
}

/** A report on a task; acknowledge it if it has a uuid. */
export interface SchedulerEventUpdate {
  readonly status: TaskStatus;
}

/** A report on an operation. */
export interface SchedulerEventUpdateOperationStatus {
  readonly status: OperationStatus;
}

/** Bytes from an executor; they may get lost. */
export interface SchedulerEventMessage {
  readonly agent_id: AgentID;
  readonly executor_id: ExecutorID;
  readonly data: Uint8Array;
}

/** An executor ended (then `status` is its raw wait status, also after a clean exit) or an agent went. */
export interface SchedulerEventFailure {
  readonly agent_id?: AgentID;
  readonly executor_id?: ExecutorID;
  readonly status?: number;
}

/** The master ends the subscription. */
export interface SchedulerEventError {
  readonly message: string;
}

/** What an attribute of an agent must be like. */
export interface SchedulerAttributeConstraint {
  readonly selector: SchedulerAttributeConstraintSelector;
  readonly predicate: SchedulerAttributeConstraintPredicate;
}

/** Which attribute: exactly one of the two. */
export interface SchedulerAttributeConstraintSelector {
  readonly pseudoattribute_type?: SchedulerAttributeConstraintSelectorPseudoattributeType;
  readonly attribute_name?: string;
}

/** Facts of an agent that can be tested as attributes. */
export type SchedulerAttributeConstraintSelectorPseudoattributeType =
  | "UNKNOWN"
  | "HOSTNAME"
  | "REGION"
  | "ZONE";

/** The test: exactly one of these. */
export interface SchedulerAttributeConstraintPredicate {
  readonly exists?: SchedulerAttributeConstraintPredicateExists;
  readonly not_exists?: SchedulerAttributeConstraintPredicateNotExists;
  readonly text_equals?: SchedulerAttributeConstraintPredicateTextEquals;
  readonly text_not_equals?: SchedulerAttributeConstraintPredicateTextNotEquals;
  readonly text_matches?: SchedulerAttributeConstraintPredicateTextMatches;
  readonly text_not_matches?: SchedulerAttributeConstraintPredicateTextNotMatches;
}

/** The attribute is there. */
export type SchedulerAttributeConstraintPredicateExists = Empty;

/** The attribute is not there. */
export type SchedulerAttributeConstraintPredicateNotExists = Empty;

/** It is not a text, or is this text. */
export interface SchedulerAttributeConstraintPredicateTextEquals {
  readonly value: string;
}

/** It is not a text, or is not this text. */
export interface SchedulerAttributeConstraintPredicateTextNotEquals {
  readonly value: string;
}

/** It is not a text, or matches. */
export interface SchedulerAttributeConstraintPredicateTextMatches {
  readonly regex: string;
}

/** It is not a text, or does not match. */
export interface SchedulerAttributeConstraintPredicateTextNotMatches {
  readonly regex: string;
}

/** Which agents are to be offered, by role. */
export interface SchedulerOfferConstraints {
  readonly role_constraints?: Readonly<Record<string, SchedulerOfferConstraintsRoleConstraints>>;
}

/** Any one of these groups is enough. */
export interface SchedulerOfferConstraintsRoleConstraints {
  readonly groups?: readonly SchedulerOfferConstraintsRoleConstraintsGroup[];
}

/** All of these must hold. */
export interface SchedulerOfferConstraintsRoleConstraintsGroup {
  readonly attribute_constraints?: readonly SchedulerAttributeConstraint[];
}

/** Opens the stream. */
export interface SchedulerCallSubscribe {
  readonly framework_info: FrameworkInfo;
  readonly suppressed_roles?: readonly string[];
  readonly offer_constraints?: SchedulerOfferConstraints;
}

/** Uses offers of one agent and one role. */
export interface SchedulerCallAccept {
  readonly offer_ids?: readonly OfferID[];
  readonly operations?: readonly OfferOperation[];
  readonly filters?: Filters;
}

/** Gives offers back. */
export interface SchedulerCallDecline {
  readonly offer_ids?: readonly OfferID[];
  readonly filters?: Filters;
}

/** Agrees to leave agents. */
export interface SchedulerCallAcceptInverseOffers {
  readonly inverse_offer_ids?: readonly OfferID[];
  readonly filters?: Filters;
}

/** Refuses to leave agents. */
export interface SchedulerCallDeclineInverseOffers {
  readonly inverse_offer_ids?: readonly OfferID[];
  readonly filters?: Filters;
}

/** Removes all filters and asks for offers again; without roles, for all. */
export interface SchedulerCallRevive {
  readonly roles?: readonly string[];
}

/** Kills a task; with a wrong agent_id nothing happens. */
export interface SchedulerCallKill {
  readonly task_id: TaskID;
  readonly agent_id?: AgentID;
  readonly kill_policy?: KillPolicy;
}

/** Shuts an executor down. */
export interface SchedulerCallShutdown {
  readonly executor_id: ExecutorID;
  readonly agent_id: AgentID;
}

/** Acknowledges a report on a task. */
export interface SchedulerCallAcknowledge {
  readonly agent_id: AgentID;
  readonly task_id: TaskID;
  readonly uuid: Uint8Array;
}

/** Acknowledges a report on an operation. */
export interface SchedulerCallAcknowledgeOperationStatus {
  readonly agent_id?: AgentID;
  readonly resource_provider_id?: ResourceProviderID;
  readonly uuid: Uint8Array;
  readonly operation_id: OperationID;
}

/** Asks for the states of tasks; without tasks, for all that the master knows. */
export interface SchedulerCallReconcile {
  readonly tasks?: readonly SchedulerCallReconcileTask[];
}

/** A task to report on. */
export interface SchedulerCallReconcileTask {
  readonly task_id: TaskID;
  readonly agent_id?: AgentID;
}

/** Asks for the states of operations. */
export interface SchedulerCallReconcileOperations {
  readonly operations?: readonly SchedulerCallReconcileOperationsOperation[];
}

/** An operation to report on. */
export interface SchedulerCallReconcileOperationsOperation {
  readonly operation_id: OperationID;
  readonly agent_id?: AgentID;
  readonly resource_provider_id?: ResourceProviderID;
}

/** Bytes to an executor; they may get lost. */
export interface SchedulerCallMessage {
  readonly agent_id: AgentID;
  readonly executor_id: ExecutorID;
  readonly data: Uint8Array;
}

/** Asks for resources. */
export interface SchedulerCallRequest {
  readonly requests?: readonly Request[];
}

/** Asks for no more offers; without roles, for none at all. */
export interface SchedulerCallSuppress {
  readonly roles?: readonly string[];
}

/** Changes the framework without a new stream. */
export interface SchedulerCallUpdateFramework {
  readonly framework_info: FrameworkInfo;
  readonly suppressed_roles?: readonly string[];
  readonly offer_constraints?: SchedulerOfferConstraints;
}
