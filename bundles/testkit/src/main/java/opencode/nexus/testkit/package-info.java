/** Hand-written fakes for the tests of every bundle. Not shipped. */
@NullMarked
package opencode.nexus.testkit;

import org.jspecify.annotations.NullMarked;
