/** Whether the reader may write to the CRM from here: an administrator, on a portal that is a CRM. */
import { computed, defineAsyncComponent, ref, type ComputedRef, type Ref } from 'vue'
import { useSession } from '@/state/session'
import { kNoneMarked, type Marking } from '@/state/marking'

export const ActionBar = defineAsyncComponent(() => import('@/components/actions/ActionBar.vue'))
export const RuleForm = defineAsyncComponent(() => import('@/components/actions/RuleForm.vue'))

export function useMarking(portal: () => string, entity: () => string | undefined): { may: ComputedRef<boolean>; marking: Ref<Marking>; marks: ComputedRef<Marking | undefined> } {
  const { session, portals } = useSession()
  const marking = ref<Marking>(kNoneMarked)
  const may = computed(() => {
    const kind = portals.value.find((one) => one.id === portal())?.kind
    return session.value?.user?.role === 'administrator' && !!kind && kind !== 'file' && (entity() === 'deal' || entity() === 'lead')
  })
  return { may, marking, marks: computed(() => (may.value ? marking.value : undefined)) }
}
