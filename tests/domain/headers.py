"""First words of commit headers: as people write them who keep to the imperative, and as others do."""

from __future__ import annotations

IMPERATIVE = """
bundle assets|embed the font|process queued jobs
address review remarks|dispatch events in order|access the cache once|alias the old name|assess risk per tenant
bias the sampler|bring back the old default|bypass the proxy on loopback|compress responses|cross-check totals
discuss retries in the guide|dismiss stale reviews|exceed no limit on retries|express limits in bytes
feed the parser line by line|focus the first field|guess the encoding|miss no heartbeat|need a token for writes
pass the context down|ping the broker before use|press on after a warning|proceed without a lock|seed the database
shed load above the limit|speed up start|string the words together|stress the scheduler|suppress noisy warnings
swing the default to strict|succeed on empty input|add a filter|allow null owners|append a line
apply the limit to drafts|archive the change|ask before deleting|assert on the reason|assign ids in order
attach the log|avoid a second query|back off on 429|batch writes|bind the socket first|block private addresses
bound the retries|break out early|build the index once|bump jest to 30.1.0|cache the parsed spec|call the hook once
cancel on timeout|cap the body at 1 MB|catch TimeoutError separately|change the default port|check the digest
clamp the page size|clarify the guide|clean up temporary files|clear the cache on logout|close the pool on exit
collapse duplicate rows|collect figures per route|combine both checks|compare digests in full|configure eslint
convert ids to strings|copy the lock file|correct the status of a conflict|count skipped tests|cover the error path
create tables in order|cut the log in the middle|debounce saves|decode bodies as UTF-8|decouple routes from storage
default to loopback|defer the import|define the error hierarchy|delay the first retry|delete orphans|deny by default
deploy from the tag|deprecate the v1 path|derive the name from the title|describe the limits|detect cycles
disable keep-alive in tests|disallow empty titles|display the owner|distinguish 401 from 403|do not follow links
document the API|don't crash on an empty body|double the timeout|downgrade the driver|drop Python 3.10
dry up the tests|dump the state on SIGUSR1|emit one event|enable strict mode|encode path segments
end the span on errors|enforce the limit|ensure the folder is there|escape HTML in titles|exclude drafts
exit with 3 when waiting|expand the reference|expose metrics|extend the window|extract secret storage to VaultClient
fail on unknown keys|fall back to the base|fetch tags|fill in missing fields|filter by status|find the root
finish the sentence|fix a race|flatten nested groups|flush before exit|fold deltas at the merge|follow redirects
forbid extra members|force UTC|format amounts|forward the header|free the port|freeze the clock in tests
gate the merge on the digest|generate the table|get rid of a global|give each run a folder|group rows by gate
guard against null|handle a closed pipe|hash the body|hide secrets|hoist the constant|hold the lease|honour NO_COLOR
ignore a trailing slash|implement search|import late|improve the message|include the tree id|increase the limit
index by owner|inherit the environment|initialise the store|inject the clock|inline the helper|insert in batches
install Node in CI|introduce a port|invalidate the session|isolate the test database|join paths safely
keep the order|kill stray children|label the axes|launch the browser once|lay out the page|let the CEO raise the cap
lift old entries|limit the depth|link to the guide|lint the tests too|list what is left out|load plugins lazily
localise dates|lock the table|log the reason|look first|loosen the pin|lower the threshold
make the audit log write fire-and-forget|map errors to statuses|mark the flaky test|match whole words
measure p95 per round|memoize the parse|mend the link|merge both tables|migrate to pydantic 2|mock nothing of ours
move the parser|name the file|narrow the type|normalise /token/revoke|note the trap|notify once|offer a retry
omit empty members|only offer it after the review|open the file once|optimise the query|order rows by id
override the host|pad the digest|page through results|park without a terminal|parse dates|patch the fixture
permit two spaces|pick the best round|pin the image|pipe the log|place the blob|plot the distribution
poll less often|populate the cache|post the summary|prefer IPv4|prepare 2.0.0|prevent a double post|print the table
promote the warning|propagate the error|protect main|prove the order|provide a default|prune refs|publish the wheel
pull the image once|purge old blobs|push with a lease|put the file back|quote the path|raise a typed error
randomise ports|read the base's configuration|rebase onto main|rebuild the index|recheck the lock|record the opening
recover from a kill|redact tokens|redirect to login|reduce the timeout|refactor the loader|refresh tokens
refuse links|regenerate the lock file|register the route|reject null owners|relax the pin|release 1.2.0
reload on SIGHUP|remove dead code|rename the module|render the page once|reopen the file|reorder imports
repair the index|replace moment with date-fns|report skipped tests|reproduce the crash|require a reason
reset the counter|resolve references|respect umask|restore the tree|restrict uploads|resume after a kill|retry once
return 404 for drafts|reuse the pool|revert the new default|rewrite the parser|roll back on failure
rotate credentials|round half up|route by method|run migrations first|sanitise names|save drafts|say why
scan the lock file|schedule the job|scope the query|seal the result|send the header|separate the layers
serialise decimals|serve gzip|set the header|share the schema|ship the font|shorten the key|show the list
shrink the image|shut down cleanly|sign the tag|silence the linter|simplify the branch|skip blank lines|sleep less
slice the window|sort by name|specify the limit|split the module|spread the load|stage the file|start the service
state the limit|stop the worker|store UTC|stream the body|strip the BOM|stub the clock|supply a default
support filters|swallow nothing|swap the order|switch to argon2|sync the spec|tag the release|take the lease
tell the reason|test the empty list|throttle the client|throw AgentNotFoundError|tighten the type|time the query
toggle the flag|tolerate a missing field|touch the file|trace the call|track the owner|translate the errors
treat null as absent|trim the name|try both sides|tune the pool|turn off autocommit|type the payload
unblock the queue|undo the write|unify both parsers|unwrap the error|update jest to 29.7.0|upgrade the driver
upload in chunks|use the pool|validate the body|verify the chain|wait for the port|walk the tree|warn about drift
watch the folder|widen the type|wire the route|wrap the error|write the lock|yield rows|zip the bundle
re-add the index|reprocess failed jobs|unembed the font|double-check the digest|never return null
always close the file|explicitly set the charset|properly escape quotes|also accept HEAD|lazily load the parser
automatically close idle sockets|`await` the flush|"quote" the name|base64-encode the body|hot-reload templates
witness the hash|harness the child|reply with 202|multiply before rounding|comply with RFC 9110|position the cursor
mention the limit|partition by month|increment the counter|comment on the trap|instrument the pool
no-op on an empty set|support for loops in templates|fix for-of loops|update to Node 22|improve the guide
"""
OTHER = """
added a filter|adds a filter|adding a filter|fixes a race|fixed a race|fixing a race|updated deps|updates deps
updating deps|removed dead code|removes dead code|removing dead code|changed the port|changes the port
improves speed|improved speed|refactored the loader|refactoring the loader|made it faster|wrote tests
built the index|ran the formatter|implemented search|implements search|implementing search|new endpoint for items
initial commit|minor fixes|small changes|various improvements|misc cleanups|more tests|better errors
bug in the parser|bugfix for login|typo in the guide|the parser handles null|this fixes login|we now retry
I fixed it|it works|some tests|all tests pass|my changes|items can be renamed|tests for the parser|docs for the API
documentation of the API|validation of titles|implementation of search|readiness of the pool|visibility of drafts
handles null|handled null|handling of null|processes jobs|processed jobs|processing jobs|embeds the font
embedded font|embedding of fonts|addresses remarks|addressed remarks|dispatches events|dispatched events
bundles assets|bundled assets|passes the context|passed the context|needs a token|needed a token|uses the pool
used the pool|using the pool|returns 404|returned 404|returning 404|supports filters|supported filters
moves the parser|moved the parser|renames the module|renamed the module|drops Python 3.10|dropped Python 3.10
bumps jest|bumped jest|deploys from the tag|displays the owner|destroys orphans|correctly handles null
properly escaped quotes|automatically closes sockets|also adds tests|now returns 404|only allows owners
no longer crashes|finally works|quickly fixed login|re-added the index|auto-generated clients|should return 404
will retry once|can be renamed|must be unique|for the release|in the parser|to make it faster|when null is given
if empty|and more|latest changes|final version|wip on search|quick fix|simple retry|404 for drafts|2FA for admins
taken from upstream|given a name|broken link|kept the order|left the loop|sent the header|took the lease
chose argon2|began the port|rewrote the parser|readme update|api for items|endpoint for items|config of eslint
feature flags|logging of errors|caching layer|testing the parser|types for payloads|errors are typed
applies the limit|fixed|fixes|adding|stuff|things|user can log in|database of items|logs out users|exposes metrics
overrode the host|caught the error|brought back the default|led to a race|fed the parser|is faster|has tests
was wrong|addition of a filter|removal of dead code|introduction of a cache|implementation of search
improvement of the guide|improvements to the guide|support for CSV|Support for CSV|fix for the login|update of the guide
"""


def words(block: str) -> tuple[str, ...]:
    """The subjects of a block."""
    return tuple(each.strip() for line in block.strip().splitlines() for each in line.split("|"))
