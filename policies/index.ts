import { PolicyPack } from "@pulumi/policy";
import { policiesOf } from "./pack";
import { RULES } from "./rules";

new PolicyPack("foobar", { policies: policiesOf(RULES) });
