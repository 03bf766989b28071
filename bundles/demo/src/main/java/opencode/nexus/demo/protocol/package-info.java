/** Enough of the OpenAI chat API to stand in for a model: requests in, deltas out. Knows no answers. */
@NullMarked
package opencode.nexus.demo.protocol;

import org.jspecify.annotations.NullMarked;
