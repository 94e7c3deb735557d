import { PolicyPack } from "@pulumi/policy";
import { policiesOf } from "./pack";
import { RULES } from "./rules";
import { shareProperties } from "./shared-properties";

shareProperties();
new PolicyPack("foobar", { policies: policiesOf(RULES) });
