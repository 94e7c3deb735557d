import { checkTerms, type Terms } from "../../components/terms";

const terms = (tls: Terms["tls"], tlsAlso?: Terms["tls"]): Terms => ({ tls, tlsAlso, database: "pair" });

test.each([
  [terms("terminate"), terms("terminate")],
  [terms("terminate"), terms("end-to-end", "terminate")],
  [terms("end-to-end", "terminate"), terms("end-to-end")],
  [terms("end-to-end"), terms("terminate", "end-to-end")],
  [terms("terminate", "end-to-end"), terms("terminate")],
  [terms("passthrough"), terms("terminate", "passthrough")],
])("lets %j become %j", (before, after) => {
  expect(checkTerms(before, after)).toEqual([]);
});

test.each([
  [
    terms("terminate"),
    terms("end-to-end"),
    "foobar:tls: want web servers that go on to serve load balancers of before (terminate), got end-to-end alone; deploy it with foobar:tlsAlso terminate first, then remove that",
  ],
  [
    terms("end-to-end"),
    terms("terminate"),
    "foobar:tls: want web servers that go on to serve load balancers of before (end-to-end), got terminate alone; deploy it with foobar:tlsAlso end-to-end first, then remove that",
  ],
  [
    terms("end-to-end"),
    terms("passthrough", "terminate"),
    "foobar:tls: want a change from end-to-end to passthrough by way of terminate, got it in one step; deploy foobar:tls terminate with foobar:tlsAlso end-to-end first",
  ],
])("refuses that %j becomes %j, and names the step between", (before, after, message) => {
  expect(checkTerms(before, after)).toEqual([message]);
});
