# One line an event of WatchEvents, for people. Colours come in as $colours.

def short: ascii_downcase | gsub("_"; " ");
def state: (.payment.state // .card.state) | sub("^(PAYMENT|CARD)_STATE_"; "");
def colour($state):
  if   ["SUCCEEDED", "ACTIVE", "AUTHORIZED"] | index($state) then $colours.green
  elif ["DECLINED", "FAILED", "EXPIRED"] | index($state) then $colours.red
  elif ["UNKNOWN", "PENDING_CONFIRMATION", "ACTION_REQUIRED"] | index($state) then $colours.yellow
  else $colours.plain end;
def pad($width): . + ((" " * ([$width - length, 0] | max)) // "");
def last_operation: .payment.operations[-1];

# Why it is in that state, in a few words.
def why:
  if .card then
    if .card.nextAction then "the payer is sent to the bank's page"
    elif state == "PENDING_CONFIRMATION" then "stored, then sent: register"
    elif .cause.kind == "CAUSE_KIND_CALLBACK" then "the provider called back"
    else .cause.detail // "" end
  elif .payment.nextAction then "the payer is sent to the bank's page"
  elif .payment.failure.payerMessage then .payment.failure.payerMessage
  else
    (last_operation.kind | sub("^OPERATION_KIND_"; "") | short) as $kind
    | (last_operation.result | sub("^OPERATION_RESULT_"; "")) as $result
    | (.cause.detail // "" | startswith("the payer came back")) as $back
    | (if $result == "PENDING" then
         (if $back then "the payer is back; " else "" end) + "stored, then sent: " + $kind
       elif $result == "UNKNOWN" then "no answer to: " + $kind + "; it may have been done"
       else $kind + " " + ($result | short) end)
      + (if $back then "" else
           {"CAUSE_KIND_CALLBACK": ", by callback", "CAUSE_KIND_CHECK": ", by asking",
            "CAUSE_KIND_TIMER": ", by the clock"}[.cause.kind] // "" end)
  end;

select(.event) | .event
| state as $state
| (if .card then "card   " else "payment" end) as $kind
| "  \($colours.dim)event \(.revision | tostring | pad(3))\($colours.plain) \($kind) "
  + "\($colours.dim)…\(.resource[-4:])\($colours.plain)  "
  + "\(colour($state))\($state | short | pad(20))\($colours.plain)  "
  + "\($colours.dim)\(why)\($colours.plain)"
